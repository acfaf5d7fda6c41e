// SPDX-License-Identifier: Apache-2.0
/** Alarms over the API. What somebody does with one leaves an audit row. */
import {
  AcknowledgeAlarms,
  AssignAlarms,
  CloseAlarms,
  CommentAlarm,
  CountAlarms,
  GetAlarm,
  ListAlarms,
  ListSeverities,
  SetSeverity,
} from '@openhmp/contract'
import { SYSTEM } from '../access/can.ts'
import type { Alarms } from '../alarm/alarms.ts'
import type { Severities } from '../alarm/severities.ts'
import type { Audit } from '../audit/audit.ts'
import { type Visible, visibleOf } from '../event/narrowed.ts'
import { type Call, type Handled, handle } from './handle.ts'

interface Parts {
  readonly alarms: Alarms
  readonly severities: Severities
  readonly audit: Audit
  deviceIds(): readonly string[]
}

/** Handlers of the alarms' routes. */
export const alarmRoutes = ({ alarms, severities, audit, deviceIds }: Parts): Handled[] => {
  const record = ({ user, source }: Pick<Call, 'user' | 'source'>, action: string, object: string, detail = {}) =>
    audit.record({ who: user().name, source, action, object, outcome: 'done', detail })
  /** Each must be there and allowed; without doubles. */
  const allowed = async ({ must }: Pick<Call, 'must'>, ids: readonly string[]): Promise<string[]> => {
    const places = await alarms.placesOf(ids)
    for (const [id, place] of places) must({ kind: 'alarm', id, ...place })
    return [...places.keys()]
  }
  /** Undefined: all there are. */
  const visible = ({ camerasOf, isEverywhere }: Pick<Call, 'camerasOf' | 'isEverywhere'>): Visible | undefined =>
    isEverywhere() ? undefined : visibleOf(deviceIds(), camerasOf)
  return [
    handle(ListAlarms, async (call) => {
      const { query } = call
      if (query.device !== undefined && call.camerasOf(query.device).length === 0)
        call.must({ kind: 'device', id: query.device })
      return alarms.list({ ...query, visible: visible(call) })
    }),
    handle(CountAlarms, async (call) => alarms.counts(visible(call))),
    handle(GetAlarm, async (call) => {
      await allowed(call, [call.params.id])
      return alarms.get(call.params.id)
    }),
    handle(AcknowledgeAlarms, async (call) => {
      const ids = await allowed(call, call.body.alarms)
      const changed = await alarms.acknowledge(ids, call.user().name)
      await Promise.all(ids.map((id) => record(call, 'alarm.acknowledge', id)))
      return { alarms: changed }
    }),
    handle(CloseAlarms, async (call) => {
      const ids = await allowed(call, call.body.alarms)
      const changed = await alarms.close(ids, call.user().name)
      await Promise.all(ids.map((id) => record(call, 'alarm.close', id)))
      return { alarms: changed }
    }),
    handle(AssignAlarms, async (call) => {
      const ids = await allowed(call, call.body.alarms)
      const { assignee } = call.body
      const changed = await alarms.assign(ids, assignee)
      await Promise.all(ids.map((id) => record(call, 'alarm.assign', id, { assignee })))
      return { alarms: changed }
    }),
    handle(CommentAlarm, async (call) => {
      const { id } = call.params
      await allowed(call, [id])
      const answer = await alarms.comment(id, call.user().name, call.body.text)
      await record(call, 'alarm.comment', id)
      return answer
    }),
    handle(ListSeverities, async ({ must }) => {
      must(SYSTEM)
      return { severities: severities.list() }
    }),
    handle(SetSeverity, async (call) => {
      call.must(SYSTEM)
      const { kind } = call.params
      await severities.set(kind, call.body.severity)
      await record(call, 'alarm.severity', kind, { severity: call.body.severity })
      return { severities: severities.list() }
    }),
  ]
}

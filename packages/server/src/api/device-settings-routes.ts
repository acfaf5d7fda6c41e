// SPDX-License-Identifier: Apache-2.0
/** The settings of one device over the API. A change is on record, with what became of it. */
import { ChangeDeviceSettings, type Difference, GetDeviceSettings } from '@openhmp/contract'
import { HmpError } from '@openhmp/protocol/base'
import type { Audit } from '../audit/audit.ts'
import { catalogue } from '../desired/catalogue.ts'
import { describedOf } from '../desired/described.ts'
import { changePanel, readPanel } from '../desired/panel.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { type Handled, handle } from './handle.ts'

/** Recorders answer slowly, and there is a question for each section. */
const ASK_MS = 30_000

interface Parts {
  readonly fleet: Fleet
  readonly audit: Audit
  /** A device was changed by hand: what was known of its settings is old. */
  onChanged(device: string): void
}

/** Handlers of the settings' routes. */
export const deviceSettingsRoutes = ({ fleet, audit, onChanged }: Parts): Handled[] => [
  handle(GetDeviceSettings, async ({ params: { id }, query: { channel }, must }) => {
    must({ kind: 'device', id, ...(channel === undefined ? {} : { channel }) })
    const door = fleet.door(id)
    const signal = AbortSignal.timeout(ASK_MS)
    return { sections: await readPanel(door, describedOf(fleet.known(id)), { channel, catalogue, signal }) }
  }),
  handle(ChangeDeviceSettings, async ({ params: { id }, body: { changes }, must, user, source }) => {
    must({ kind: 'device', id })
    const deed = { who: user().name, source, action: 'device.settings', object: id }
    try {
      const door = fleet.door(id)
      const signal = AbortSignal.timeout(ASK_MS)
      const applied = await changePanel(door, describedOf(fleet.known(id)), changes, { catalogue, signal })
      const { changed, altered, refused } = applied
      const outcome = refused.length > 0 && changed.length + altered.length === 0 ? 'refused' : 'done'
      const detail = {
        changed: changed.map(({ told, ...one }) => `${placeOf(one)}: ${write(told)}, was ${write(one.is)}`),
        altered: altered.map(({ told, ...one }) => `${placeOf(one)}: ${write(told)}, became ${write(one.is)}`),
        refused: refused.map(({ section, text }) => `${section}: ${text}`),
      }
      await audit.record({ ...deed, outcome, detail: withoutEmpty(detail) })
      onChanged(id)
      return applied
    } catch (error) {
      const detail = { error: error instanceof HmpError ? error.message : 'a fault of ours' }
      await audit.record({ ...deed, outcome: 'failed', detail })
      throw error
    }
  }),
]

const placeOf = ({ section, channel, field }: Pick<Difference, 'section' | 'channel' | 'field'>): string =>
  `${section}${channel === null ? '' : `[${channel}]`}.${field}`
const write = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const withoutEmpty = (detail: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(detail).filter(([, lines]) => lines.length > 0))

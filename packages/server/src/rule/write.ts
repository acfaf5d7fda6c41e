// SPDX-License-Identifier: Apache-2.0
/** What is written of a firing, together with its event: the firing, what is to be told, what is to be done. */
import { randomUUID } from 'node:crypto'
import type { Deed, Event, Moment, Reason, Rule } from '@openhmp/contract'
import { type Compilable, sql } from 'kysely'
import type { Store } from '../store/store.ts'
import type { DeliveryRow } from './outbox.ts'
import type { Targets } from './targets.ts'

/** What is written down. */
export interface NewFiring {
  readonly rule: Rule
  /** Those of the rule that are meant. */
  readonly deeds: readonly Deed[]
  readonly event: Event
  readonly moment: Moment
  readonly atMs: number
  readonly reason: Reason
  /** What it shares a message with. */
  readonly group: { readonly batch: string; readonly untilMs: number } | undefined
}

/** An event may be written a while after a group was closed: its message waits for it. */
const SLACK_MS = 1000

type Row = Pick<DeliveryRow, 'kind' | 'targetId' | 'target' | 'lane' | 'batch' | 'deedJson'> & {
  readonly nextAt: number
}

/** Only with the event: one that was there before fires no second time. */
const whereThere = (event: Event) => sql`exists (select 1 from "event" where "id" = ${event.id})`

/** The queries, in their order. */
export const writeFiring = (parts: { store: Store; targets: Targets }, firing: NewFiring): Compilable[] => {
  const { rule, deeds, event, moment, atMs, group } = firing
  const id = randomUUID()
  const minMs = moment === 'began' ? rule.when.minSeconds * 1000 : 0
  const notes = [...firing.reason.notes]
  const writes = []
  for (const deed of deeds) {
    if (deed.kind === 'bookmark') {
      writes.push(sql`insert into "bookmark" ("eventId", "by", "createdAt")
        select ${event.id}, ${rule.name}, ${atMs} where ${whereThere(event)} on conflict do nothing`)
      continue
    }
    if (deed.kind !== 'tell' && event.isLate) {
      notes.push('late') // what happened long ago opens no door now
      continue
    }
    const row = rowOf(parts.targets, deed, { id, group, atMs, minMs })
    if (row) writes.push(insertDelivery(firing, row))
  }
  const reason = JSON.stringify({ ...firing.reason, notes: [...new Set(notes)] })
  writes.unshift(sql`insert into "firing" ("id", "ruleId", "ruleName", "eventId", "moment", "at", "minMs", "batch",
      "isGrouped", "eventJson", "reasonJson")
    select ${id}, ${rule.id}, ${rule.name}, ${event.id}, ${moment}, ${atMs}, ${minMs}, ${group?.batch ?? id},
      ${group ? 1 : 0}, ${JSON.stringify(event)}, ${reason} where ${whereThere(event)}`)
  return writes.map((query) => ({ compile: () => query.compile(parts.store.db) }))
}

type Timing = Pick<NewFiring, 'group' | 'atMs'> & { readonly id: string; readonly minMs: number }

const rowOf = (
  targets: Targets,
  deed: Exclude<Deed, { kind: 'bookmark' }>,
  { id, group, atMs, minMs }: Timing,
): Row | undefined => {
  const alone = { batch: id, nextAt: atMs + minMs }
  if (deed.kind !== 'tell') {
    const target = deed.kind === 'output' ? `output ${deed.output}` : `preset ${deed.preset}`
    return {
      ...{ kind: deed.kind, targetId: null, target, lane: `device ${deed.device}` },
      ...{ deedJson: JSON.stringify(deed), ...alone },
    }
  }
  const target = targets.find(deed.target)
  if (!target) return undefined
  const own = { kind: target.kind, targetId: deed.target, target: target.name, lane: deed.target, deedJson: null }
  // A state is never late for company.
  if (target.kind === 'mqtt') return { ...own, ...alone, nextAt: atMs }
  return { ...own, ...(group ? { batch: group.batch, nextAt: group.untilMs + minMs + SLACK_MS } : alone) }
}

/** A group has one message for each target, whichever of its firings is stored first. */
const insertDelivery = ({ rule, event, atMs }: NewFiring, row: Row) => {
  const { kind, targetId, target, lane, batch, deedJson, nextAt } = row
  return sql`insert into "delivery" ("id", "ruleId", "ruleName", "eventId", "kind", "targetId", "target", "lane", "batch",
      "state", "body", "deedJson", "attempts", "createdAt", "since", "nextAt", "endedAt", "text")
    select ${randomUUID()}, ${rule.id}, ${rule.name}, ${event.id}, ${kind}, ${targetId}, ${target}, ${lane}, ${batch},
      'waiting', '', ${deedJson}, 0, ${atMs}, ${atMs}, ${nextAt}, null, null
    where ${whereThere(event)} and not exists (select 1 from "delivery" where "batch" = ${batch}
      and "lane" = ${lane} and "deedJson" is ${deedJson} and "state" = 'waiting' and "attempts" = 0)`
}

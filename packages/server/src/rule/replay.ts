// SPDX-License-Identifier: Apache-2.0
/** What a rule would have done with the events of the past: nobody is told. */
import type { Event, Moment, Rule } from '@openhmp/contract'
import { listEvents } from '../event/search.ts'
import type { Store } from '../store/store.ts'
import type { Place } from './match.ts'
import { Groups, isTooShort, Judge } from './memory.ts'

/** Events of the past that a rule is tried on, the newest. */
const MAX_REPLAYED = 20_000
const SHOWN = 50
const PAGE = 500

/** What is tried. */
export type Trial = Pick<Rule, 'when' | 'holdDownSeconds' | 'groupSeconds'>

/** Counts what would have been told, and lists the newest. */
export const replay = async (
  store: Store,
  { when, holdDownSeconds, groupSeconds }: Trial,
  { fromMs, placeOf }: { fromMs: number; placeOf(device: string): Place },
) => {
  const devices = [...when.devices, ...when.cameras.map(({ device }) => device)]
  const filter = {
    fromMs,
    ...(when.kinds.length > 0 ? { kinds: [...new Set([...when.kinds, ...(when.after?.kinds ?? [])])] } : {}),
    // What comes before may be seen by other cameras.
    ...(devices.length > 0 && when.after === null ? { devices: [...new Set(devices)] } : {}),
  }
  const past: Event[] = []
  let before: string | undefined
  do {
    const page = await listEvents(store, { ...filter, before, limit: PAGE })
    past.push(...page.events)
    before = page.next ?? undefined
  } while (before !== undefined && past.length < MAX_REPLAYED)

  const judge = new Judge()
  const groups = new Groups()
  const batches = new Set<string>()
  const fired: { event: Event; moment: Moment }[] = []
  const rule = { id: 'replay', when, holdDownSeconds }
  for (const { event, moment, atMs } of past.flatMap(momentsOf).toSorted((a, b) => a.atMs - b.atMs)) {
    const happening = { event, moment, atMs, place: placeOf(event.device), isArmed: undefined }
    const isShort = moment === 'began' && isTooShort(when, event)
    if (!isShort && judge.ask(rule, happening)) {
      fired.push({ event, moment })
      batches.add(groupSeconds > 0 ? groups.of('replay', groupSeconds, atMs).batch : `${event.id} ${moment}`)
    }
    judge.note(happening)
  }
  const shown = fired.slice(-SHOWN).reverse()
  return {
    ...{ fired: fired.length, messages: batches.size, looked: past.length, isAll: before === undefined },
    unknown: when.arming === null ? [] : (['arming'] as const).slice(),
    events: shown.map(({ event: { id, time, kind, deviceName, channelName }, moment }) => {
      return { id, time, kind, deviceName, channelName, moment }
    }),
  }
}

const momentsOf = (event: Event): { event: Event; moment: Moment; atMs: number }[] => {
  const began = { event, moment: 'began' as const, atMs: Date.parse(event.receivedAt) }
  if (event.state === 'unknown') return [began, { event, moment: 'lost', atMs: Date.parse(event.lastSeenAt) }]
  return event.endedAt === null ? [began] : [began, { event, moment: 'ended', atMs: Date.parse(event.endedAt) }]
}

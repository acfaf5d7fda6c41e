// SPDX-License-Identifier: Apache-2.0
import { type Device, Event } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import { MAX_LIVE_ROWS, matches, mergeDevices, mergeEvent } from './merge.ts'

const device = '00000000-0000-4000-8000-000000000001'
const event = (id: number, second: number, state: Event['state'] = 'active'): Event => {
  const time = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
  return Event.parse({
    id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
    time,
    deviceTime: null,
    isLate: false,
    receivedAt: time,
    endedAt: null,
    lastSeenAt: time,
    count: 1,
    device,
    deviceName: 'Gate',
    channel: 1,
    channelName: null,
    kind: 'motion',
    type: 'VMD',
    state,
    input: null,
    description: null,
    detail: null,
    hasPicture: false,
    fault: null,
    source: 'told',
  })
}
const seconds = (pages: ReturnType<typeof mergeEvent>) =>
  pages.map((page) => page.events.map((row) => new Date(row.time).getUTCSeconds()))

const siteOf = () => 'Harbour'

describe('mergeEvent', () => {
  const pages = [
    { events: [event(3, 30), event(2, 20)], next: 'x' },
    { events: [event(1, 10)], next: null },
  ]
  it('puts a new event at its time', () => {
    expect(seconds(mergeEvent(pages, event(4, 40), {}, siteOf))).toEqual([[40, 30, 20], [10]])
    expect(seconds(mergeEvent(pages, event(4, 25), {}, siteOf))).toEqual([[30, 25, 20], [10]])
  })
  it('changes one that is there, on whatever page', () => {
    const merged = mergeEvent(pages, event(1, 10, 'inactive'), {}, siteOf)
    expect(merged[1]?.events[0]?.state).toBe('inactive')
    expect(seconds(merged)).toEqual([[30, 20], [10]])
  })
  it('takes one away that the filter no longer wants', () => {
    expect(seconds(mergeEvent(pages, event(2, 20, 'inactive'), { state: 'active' }, siteOf))).toEqual([[30], [10]])
  })
  it('leaves out what the filter never wanted', () => {
    expect(mergeEvent(pages, event(4, 40), { kind: 'videoLoss' }, siteOf)).toEqual(pages)
  })
  it('does not grow for ever', () => {
    let many = [{ events: [] as Event[], next: null }] as ReturnType<typeof mergeEvent>
    for (let i = 0; i < MAX_LIVE_ROWS + 5; i++) many = mergeEvent(many, event(i, i), {}, siteOf)
    expect(many[0]?.events).toHaveLength(MAX_LIVE_ROWS)
    expect(many[0]?.events[0]?.id).toMatch(/124$/)
    // What was cut off is asked for from there on.
    const last = many[0]?.events.at(-1)
    expect(many.map(({ next }) => next)).toEqual([`${Date.parse(last!.time)}.${last!.id}`])
  })
})

describe('matches', () => {
  it.each([
    [{}, true],
    [{ kind: 'motion' }, true],
    [{ kind: 'alarmInput' }, false],
    [{ state: 'unknown' as const }, false],
    [{ device: event(1, 1).device }, true],
    [{ site: 'Harbour' }, true],
    [{ site: 'Airport' }, false],
    [{ text: event(1, 1).deviceName.slice(1).toUpperCase() }, true],
    [{ text: 'zebra' }, false],
    [{ from: event(1, 1).time }, true],
    [{ to: event(1, 1).time }, false],
  ])('%j: %s', (filter, isWanted) => expect(matches(event(1, 1), filter, siteOf)).toBe(isWanted))
})

describe('mergeDevices', () => {
  const row = (id: string, name = id) => ({ id, name }) as unknown as Device
  const changes = (...rows: [string, Device | null][]) => new Map(rows) as unknown as Parameters<typeof mergeDevices>[1]
  const list = [row('a'), row('b'), row('c')]
  const names = (...rows: [string, Device | null][]) => mergeDevices(list, changes(...rows)).map(({ name }) => name)

  it('changes, takes out and adds at the end, in one walk', () => {
    expect(names(['b', row('b', 'B')], ['c', null], ['d', row('d')])).toEqual(['a', 'B', 'd'])
  })
  it('takes no notice of the end of one that was never there', () =>
    expect(names(['x', null])).toEqual(['a', 'b', 'c']))
})

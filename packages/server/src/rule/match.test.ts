// SPDX-License-Identifier: Apache-2.0
import { type Event, NewRule, When } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import { isAbout, isNow, type Place } from './match.ts'
import { Groups, type Happening, isTooShort, Judge } from './memory.ts'

const device = '6b1f5a4e-0000-4000-8000-000000000001' as Event['device']
const other = '6b1f5a4e-0000-4000-8000-000000000002' as Event['device']
const noon = new Date('2026-03-04T12:00:00').getTime() // a Wednesday
const iso = (ms: number) => new Date(ms).toISOString()
const event = {
  ...{ kind: 'motion', device, deviceName: 'Gate', channel: 2, channelName: null, state: 'active', endedAt: null },
  detail: { region: 3, licensePlate: null, targets: [{ x: 0, y: 0, width: 1, height: 1, type: 'human' }] },
  ...{ receivedAt: iso(noon), lastSeenAt: iso(noon) },
} as Event
const place: Place = { site: 'Harbour', tags: ['gate', 'outside'] }

describe('a rule means', () => {
  it.each<[string, object, boolean]>([
    ['all when nothing is named', {}, true],
    ['a kind', { kinds: ['motion'] }, true],
    ['no other kind', { kinds: ['tamper'] }, false],
    ['a device', { devices: [device] }, true],
    ['a camera of a recorder', { cameras: [{ device, channel: 2 }] }, true],
    ['no other camera of it', { cameras: [{ device, channel: 1 }] }, false],
    ['a camera beside other devices', { devices: [other], cameras: [{ device, channel: 2 }] }, true],
    ['a site', { sites: ['Harbour', 'Airport'] }, true],
    ['no other site', { sites: ['Airport'] }, false],
    ['all tags together', { tags: ['gate', 'outside'] }, true],
    ['not one of two tags', { tags: ['gate', 'inside'] }, false],
    ['a region', { regions: [1, 3] }, true],
    ['no other region', { regions: [1] }, false],
    ['who was seen', { targets: ['vehicle', 'human'] }, true],
    ['nobody else', { targets: ['vehicle'] }, false],
  ])('%s', (_, when, isWanted) => {
    expect(isAbout(When.parse(when), event, place)).toBe(isWanted)
  })

  it.each<[string, object, boolean]>([
    ['any time', {}, true],
    ['an hour', { hours: [{ from: '11:00', to: '13:00' }] }, true],
    ['no other hour', { hours: [{ from: '22:00', to: '06:00' }] }, false],
    [
      'one of several hours',
      {
        hours: [
          { from: '22:00', to: '06:00' },
          { from: '00:00', to: '00:00', days: [3] },
        ],
      },
      true,
    ],
    ['no other day', { hours: [{ from: '00:00', to: '00:00', days: [0, 6] }] }, false],
    ['an armed site', { arming: 'armed' }, true],
    ['no disarmed one', { arming: 'disarmed' }, false],
  ])('%s', (_, when, isWanted) => {
    expect(isNow(When.parse(when), true, noon)).toBe(isWanted)
  })

  it('hours in their own zone, over midnight and summer time', () => {
    const night = (zone: string) => When.parse({ hours: [{ from: '22:00', to: '06:00', days: [6], zone }] })
    // Saturday 22:30 in Tokyo is 13:30 UTC; Sunday 05:30 belongs to Saturday's night.
    expect(isNow(night('Asia/Tokyo'), true, Date.UTC(2026, 2, 7, 13, 30))).toBe(true)
    expect(isNow(night('Asia/Tokyo'), true, Date.UTC(2026, 2, 7, 20, 30))).toBe(true)
    expect(isNow(night('Asia/Tokyo'), true, Date.UTC(2026, 2, 7, 21, 30))).toBe(false)
    // Berlin is an hour from UTC in winter, two in summer.
    expect(isNow(night('Europe/Berlin'), true, Date.UTC(2026, 2, 7, 20, 30))).toBe(false)
    expect(isNow(night('Europe/Berlin'), true, Date.UTC(2026, 6, 4, 20, 30))).toBe(true)
    expect(When.safeParse({ hours: [{ from: '22:00', to: '06:00', zone: 'Mars/Olympus' }] }).success).toBe(false)
  })
})

describe('of the past a rule remembers', () => {
  const at = (seconds: number, more: Partial<Event> = {}): Happening => ({
    ...{ event: { ...event, ...more }, moment: 'began', place, isArmed: true, atMs: noon + seconds * 1000 },
  })
  const rule = (more: object) => ({
    ...NewRule.parse({ name: 'R', deeds: [{ kind: 'bookmark' }], when: {}, ...more }),
    id: 'r',
  })

  it('what is held down, and how often', () => {
    const judge = new Judge()
    const held = rule({ holdDownSeconds: 60 })
    const ask = (seconds: number, more?: Partial<Event>) => judge.ask(held, at(seconds, more))?.heldDown
    expect([ask(0), ask(59.9), ask(1, { channel: 1 }), ask(60), ask(61), ask(62), ask(121)]).toEqual([
      ...[0, undefined, 0, 1, undefined, undefined, 2],
    ])
  })

  it('what was too short holds nothing down', () => {
    const judge = new Judge()
    const long = rule({ holdDownSeconds: 600, when: { minSeconds: 10 } })
    expect(judge.ask(long, at(0))).toBeDefined()
    const ended: Event = { ...event, state: 'inactive', endedAt: iso(noon + 2000) }
    expect(isTooShort(long.when, ended)).toBe(true)
    judge.ended('r', long.when, ended)
    expect(judge.ask(long, at(5))).toBeDefined()
    expect(judge.ask(long, at(9))).toBeUndefined()
    expect(isTooShort(long.when, { ...ended, endedAt: iso(noon + 10_000) })).toBe(false)
    expect(isTooShort(long.when, event)).toBe(false)
  })

  it.each([
    ['site', {}, true],
    ['device', {}, false],
    ['camera', {}, false],
    ['device', { device, channel: 7 }, true],
    ['camera', { device, channel: 7 }, false],
    ['camera', { device }, true],
  ] as const)('what came before at the same %s: %o', (where, more, isFound) => {
    const judge = new Judge()
    const after = rule({ when: { kinds: ['motion'], after: { kinds: ['alarmInput'], seconds: 30, where } } })
    judge.note(at(0, { kind: 'alarmInput', device: other, deviceName: 'Door', ...more }))
    expect(judge.ask(after, at(31))).toBeUndefined()
    expect(judge.ask(after, at(12.3))?.after ?? null).toEqual(
      isFound ? { kind: 'alarmInput', deviceName: 'Door', seconds: 12.3 } : null,
    )
  })

  it('what is told late stands where it happened', () => {
    const after = rule({ when: { kinds: ['motion'], after: { kinds: ['alarmInput'], seconds: 30, where: 'site' } } })
    const late = (seconds: number, happened: number, more: object = {}) =>
      at(seconds, { ...more, isLate: true, time: iso(noon + happened * 1000) })
    const judge = new Judge()
    judge.note(late(3600, 0, { kind: 'alarmInput' }))
    expect(judge.ask(after, at(3601))).toBeUndefined() // the door was an hour ago
    expect(judge.ask(after, late(3602, 10, { id: 'b' }))?.after?.seconds).toBe(10)
    judge.note(at(3610, { kind: 'alarmInput' }))
    judge.note(late(3611, 20, { kind: 'alarmInput' }))
    expect(judge.ask(after, at(3612))?.after?.seconds).toBe(2)
  })

  it('whose beginning it told: of that the end, too', () => {
    const judge = new Judge()
    const when = { kinds: ['motion'], moments: ['began', 'ended'], after: { kinds: ['alarmInput'], seconds: 30 } }
    const after = rule({ when })
    const end = (id: string, seconds: number): Happening => ({ ...at(seconds, { id }), moment: 'ended' })
    expect(judge.ask(after, at(0, { id: 'a' }))).toBeUndefined()
    judge.note(at(1, { kind: 'alarmInput' }))
    expect(judge.ask(after, end('a', 2))).toBeUndefined()
    expect(judge.ask(after, at(3, { id: 'b' }))).toBeDefined()
    expect(judge.ask(after, end('b', 500))).toBeDefined()
  })

  it('which group is open', () => {
    const groups = new Groups()
    const batch = (rule: string, seconds: number) => groups.of(rule, 30, noon + seconds * 1000).batch
    const first = batch('a', 0)
    expect(batch('a', 29)).toBe(first)
    expect(batch('b', 29)).not.toBe(first)
    expect(batch('a', 30)).not.toBe(first)
  })
})

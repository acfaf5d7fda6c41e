// SPDX-License-Identifier: Apache-2.0
/** The clock of a device that goes by daylight saving, whatever offset it is told: Berlin's. */
import { utf8 } from '@openhmp/protocol/base'
import { parseXml, textAt } from '@openhmp/protocol/xml'
import { describe, expect, it } from 'vitest'
import { setDeviceClock } from './clock.ts'
import { doorOver } from './door.ts'

const HOUR_MS = 3_600_000
const at = (text: string): number => Date.parse(text)

/** Keeps the wall time that it is told, and the offset that goes with that day. Gives the times that were written. */
const berlin = (deviceMs: number, nowMs: number) => {
  const written: string[] = []
  const ahead = (ms: number): number => (ms >= at('2026-03-29T01:00Z') && ms < at('2026-10-25T01:00Z') ? 2 : 1)
  let ms = deviceMs
  const door = doorOver('berlin', async ({ method, body }) => {
    if (method === 'PUT') {
      const told = textAt(parseXml(body!), 'localTime')!
      written.push(told)
      const wall = Date.parse(`${told.slice(0, 19)}Z`)
      ms = wall - ahead(wall - HOUR_MS) * HOUR_MS
      return { status: 200, contentType: 'application/xml', bytes: new Uint8Array() }
    }
    const hours = ahead(ms)
    const local = new Date(ms + hours * HOUR_MS).toISOString().slice(0, 19)
    const text = `<Time><timeMode>NTP</timeMode><localTime>${local}+0${hours}:00</localTime></Time>`
    return { status: 200, contentType: 'application/xml', bytes: utf8(text) }
  })
  const clock = { now: () => nowMs, monotonic: () => 0, sleep: () => Promise.reject(new Error('nobody sleeps')) }
  return { door, clock, written, signal: new AbortController().signal }
}

describe('a clock set by hand', () => {
  it.each([
    [
      'from winter into summer',
      '2020-01-01T00:00Z',
      '2026-07-01T10:00Z',
      ['2026-07-01T11:00:00+01:00', '2026-07-01T12:00:00+02:00'],
    ],
    [
      'from summer into winter',
      '2026-07-01T10:00Z',
      '2026-12-01T10:00Z',
      ['2026-12-01T12:00:00+02:00', '2026-12-01T11:00:00+01:00'],
    ],
    ['on one side', '2026-07-01T10:00Z', '2026-08-01T10:00Z', ['2026-08-01T12:00:00+02:00']],
  ])('%s is right', async (_, from, now, told) => {
    const { door, written, ...asking } = berlin(at(from), at(now))
    expect(await setDeviceClock(door, asking)).toBe(0)
    expect(written).toEqual(told)
  })

  it('that stays wrong is not set for ever', async () => {
    const { door, written, ...asking } = berlin(at('2020-01-01T00:00Z'), at('2026-07-01T10:00Z'))
    const deaf = doorOver('deaf', async ({ method, path }) =>
      method === 'PUT' ? { status: 200, contentType: undefined, bytes: new Uint8Array() } : door.get(path, {}),
    )
    expect(await setDeviceClock(deaf, asking)).toBe(at('2020-01-01T00:00Z') - at('2026-07-01T10:00Z'))
    expect(written).toEqual([])
  })
})

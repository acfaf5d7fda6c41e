// SPDX-License-Identifier: Apache-2.0
import { utf8 } from '@openhmp/protocol/base'
import { localText } from '@openhmp/protocol/event'
import { numberAt, parseXml, textAt } from '@openhmp/protocol/xml'
import { describe, expect, it } from 'vitest'
import { readDeviceLog } from './device-log.ts'
import { doorOver } from './door.ts'

const HOUR_MS = 3_600_000
const now = Date.UTC(2026, 10, 23, 12)

/** A recorder of so many lines, one a second up to `now`, that ends a search at 2000 lines without a word. */
const recorder = (lines: number, { aheadMs = 8 * HOUR_MS, page = 64 } = {}) => {
  const asked: { id: string; position: number }[] = []
  const slept: number[] = []
  let took = 0 // thirds of a millisecond: what comes out are whole ones
  const all = Array.from({ length: lines }, (_, i) => now - (lines - 1 - i) * 1000 + aheadMs)
  const door = doorOver('recorder', async ({ method, body }) => {
    const answer = (text: string) => ({ status: 200, contentType: 'application/xml', bytes: utf8(text) })
    if (method === 'GET')
      return answer(
        `<Time><timeMode>NTP</timeMode><localTime>${localText(now + aheadMs).slice(0, 19)}+08:00</localTime></Time>`,
      )
    const query = parseXml(body!)
    const time = (name: string) => Date.parse(textAt(query, `timeSpanList/timeSpan/${name}`)!)
    // One a second: where they stand is plain.
    const firstMs = all[0] ?? 0
    const [from, to] = [time('startTime'), time('endTime')].map((ms) => Math.floor((ms - firstMs) / 1000)) as [
      number,
      number,
    ]
    const found = all.slice(Math.max(0, from), Math.max(0, to + 1)).slice(0, 2000)
    const position = numberAt(query, 'searchResultPostion')!
    asked.push({ id: textAt(query, 'searchID')!, position })
    const some = found.slice(position, position + page)
    const items = some.map((ms) => {
      const path = `log.hikvision.com/Alarm/motion${(ms / 1000) % 2 === 0 ? 'Start' : 'Stop'}/1`
      return `<searchMatchItem><logDescriptor><metaId>${path}</metaId><StartDateTime>${localText(ms)}</StartDateTime></logDescriptor></searchMatchItem>`
    })
    const status = position + some.length < found.length ? 'MORE' : 'OK'
    return answer(
      `<CMSearchResult><responseStatusStrg>${status}</responseStatusStrg><numOfMatches>${some.length}</numOfMatches><matchList>${items.join('')}</matchList></CMSearchResult>`,
    )
  })
  const clock = { now: () => now, monotonic: () => took++ / 3, sleep: async (ms: number) => void slept.push(ms) }
  return { door, asked, slept, clock, signal: new AbortController().signal }
}

describe('the log of a device', () => {
  it('is read page by page, with a pause between, in our time', async () => {
    const { door, asked, slept, ...asking } = recorder(100)
    const { entries, isAll } = await readDeviceLog(door, { ...asking, fromMs: now - HOUR_MS, toMs: now })
    expect(isAll).toBe(true)
    expect(entries.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 100 }, (_, i) => now - (99 - i) * 1000))
    expect(entries[0]).toMatchObject({ kind: 'motion', channel: 1, deviceTime: localText(now - 99_000 + 8 * HOUR_MS) })
    expect(asked.map(({ position }) => position)).toEqual([0, 64])
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
    expect(slept).toEqual([200])
  })

  it('is what lies in the time, though the clock of the device is years off', async () => {
    const { door, ...asking } = recorder(100, { aheadMs: -56 * 365 * 24 * HOUR_MS })
    const { entries } = await readDeviceLog(door, { ...asking, fromMs: now - 10_000, toMs: now - 5000 })
    expect(entries.map(({ atMs }) => now - atMs)).toEqual([11, 10, 9, 8, 7, 6, 5, 4].map((s) => s * 1000).slice(1, -1))
  })

  it.each([
    ['by pages', 64],
    ['by the silent end of a search', 1000],
  ])('is read on where it was cut off %s', async (_, page) => {
    const { door, asked, ...asking } = recorder(5000, { page })
    const { entries, isAll } = await readDeviceLog(door, { ...asking, fromMs: now - 2 * HOUR_MS, toMs: now })
    expect({ isAll, count: entries.length }).toEqual({ isAll: true, count: 5000 })
    expect(asked.length).toBeLessThan(100)
  })

  it('is read no further than so many searches', async () => {
    const { door, asked, ...asking } = recorder(50_000)
    const { entries, isAll } = await readDeviceLog(door, { ...asking, fromMs: now - 20 * HOUR_MS, toMs: now })
    expect(isAll).toBe(false)
    expect(asked).toHaveLength(160)
    expect(entries.length).toBeGreaterThan(10_000)
  })

  it('of a device that has none, or tells no time, is an error that stays', async () => {
    const { clock, signal } = recorder(0)
    const none = (time: string) =>
      doorOver('none', async ({ method }) =>
        method === 'GET'
          ? { status: 200, contentType: 'application/xml', bytes: utf8(`<Time><localTime>${time}</localTime></Time>`) }
          : { status: 403, contentType: 'text/html', bytes: utf8('<html></html>') },
      )
    const asking = { fromMs: 0, toMs: 1, clock, signal }
    await expect(readDeviceLog(none('2026-01-01T00:00:00+00:00'), asking)).rejects.toMatchObject({
      ...{ code: 'isapi.not-supported', retry: 'never' },
    })
    await expect(readDeviceLog(none('soon'), asking)).rejects.toMatchObject({ code: 'isapi.time' })
  })
})

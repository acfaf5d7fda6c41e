// SPDX-License-Identifier: Apache-2.0
import type { Event, Gap } from '@openhmp/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holesOf, lanesOf, moved, spanIn, ticksOf, zoomed } from './layout.ts'

const HOUR = 3_600_000
const window = { fromMs: 10 * HOUR, toMs: 20 * HOUR }
const iso = (hours: number) => new Date(hours * HOUR).toISOString()
const event = (kind: string, from: number, to: number | null, state: Event['state'] = 'inactive'): Event =>
  ({ kind, time: iso(from), endedAt: to === null ? null : iso(to), lastSeenAt: iso(from + 0.5), state }) as Event

describe('a band of time', () => {
  it('has a lane for each kind, the most frequent first', () => {
    const events = [event('tamper', 11, 12), event('motion', 15, 16), event('motion', 11, 13), event('motion', 2, 3)]
    const lanes = lanesOf(events, window, window.toMs, 0.01)
    expect(lanes.map(({ kind, bars }) => [kind, bars.map(({ left, width }) => [left, width])])).toEqual([
      ['motion', [[0.1, 0.2], [0.5, 0.1]]],
      ['tamper', [[0.1, 0.1]]],
    ]) // biome-ignore format: a plain list
  })

  it('shows what goes on up to now, and what was lost from sight up to when it was last heard of', () => {
    const lanes = lanesOf(
      [event('motion', 19, null, 'active'), event('motion', 12, null, 'unknown')],
      window,
      19.5 * HOUR,
      0.01,
    )
    expect(lanes[0]!.bars.map(({ left, width }) => [left, width].map((share) => Math.round(share * 100)))).toEqual([
      [20, 5],
      [90, 5],
    ])
  })

  it('gathers what lies too close to be told apart', () => {
    const events = [11, 11.01, 11.04, 11.2, 13].map((at) => event('motion', at, at + 0.01))
    const [lane] = lanesOf(events, window, window.toMs, 0.005)
    expect(lane!.bars.map(({ events }) => events.length)).toEqual([3, 1, 1])
    expect(lane!.bars[0]!.width).toBeCloseTo(0.005)
  })

  it('shows times of which nobody knows, up to now while they go on', () => {
    const gap = { from: iso(18), to: null } as Gap
    expect(holesOf([gap, { from: iso(8), to: iso(9) } as Gap], window, 19 * HOUR)).toEqual([
      { gap, left: 0.8, width: 0.1 },
    ])
  })

  it('puts nothing outside of itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 * HOUR }), fc.integer({ min: 0, max: 40 * HOUR }), (begin, end) => {
        const span = spanIn(window, begin, end)
        if (!span) return
        expect(span.left).toBeGreaterThanOrEqual(0)
        expect(span.width).toBeGreaterThanOrEqual(0)
        expect(span.left + span.width).toBeLessThanOrEqual(1 + 1e-9)
      }),
    )
  })

  it('has ticks at round times of the reader, no more than fit', () => {
    expect(ticksOf(window, 6, 0).map((at) => at / HOUR)).toEqual([10, 12, 14, 16, 18])
    expect(ticksOf(window, 12, HOUR / 2).map((at) => at / HOUR)).toEqual([10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5, 18.5, 19.5]) // biome-ignore format: a plain list
  })

  it('is seen closer around a point, and never past now', () => {
    expect(zoomed(window, 0.5, 0.5, 100 * HOUR)).toEqual({ fromMs: 12.5 * HOUR, toMs: 17.5 * HOUR })
    expect(zoomed(window, 2, 0.5, 20 * HOUR)).toEqual({ fromMs: 0, toMs: 20 * HOUR })
    expect(zoomed(window, 1e-9, 0, 100 * HOUR).toMs - window.fromMs).toBe(300_000)
    expect(moved(window, -0.5, 20 * HOUR)).toEqual({ fromMs: 5 * HOUR, toMs: 15 * HOUR })
    expect(moved(window, 0.5, 21 * HOUR)).toEqual({ fromMs: 11 * HOUR, toMs: 21 * HOUR })
  })
})

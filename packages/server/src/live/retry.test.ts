// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { reconnectMs, retryWaitMs } from './retry.ts'

describe('the wait before the next try at a camera', () => {
  it('with the call before it stays under a second for one that is gone, however often it was tried', () => {
    for (const failures of [1, 2, 9, 1000])
      expect(reconnectMs(80) + retryWaitMs(failures, 1, { isGone: true })).toBeLessThanOrEqual(900)
  })

  it('leaves a camera that is far away, or unknown, the time for an answer', () => {
    expect([undefined, 700, 20_000].map(reconnectMs)).toEqual([1000, 700, 1000])
  })

  it('grows for one that is there and says no, to half a minute', () => {
    expect([1, 5, 9, 1000].map((failures) => retryWaitMs(failures, 1))).toEqual([200, 2000, 30_000, 30_000])
  })

  it('is never less than half its step, so that a fleet does not call in step and does not hurry', () => {
    expect(retryWaitMs(9, 0)).toBe(15_000)
    expect(retryWaitMs(1, 0)).toBe(100)
  })
})

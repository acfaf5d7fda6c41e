// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { nextDelay } from './back-off.ts'

describe('nextDelay', () => {
  it('doubles from half a second to ten', () => {
    expect([0, 1, 2, 3, 4, 5, 60].map((attempt) => nextDelay(attempt, () => 0))).toEqual([
      500, 1000, 2000, 4000, 8000, 10_000, 10_000,
    ])
  })
  it('spreads by a third', () => expect(nextDelay(0, () => 1)).toBeCloseTo(666.7, 0))
})

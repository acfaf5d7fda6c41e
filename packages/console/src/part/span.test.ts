// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { spanOf } from './span.ts'

describe('spanOf', () => {
  it.each([
    [-5, 'seconds', 0],
    [999, 'seconds', 0],
    [59_999, 'seconds', 59],
    [60_000, 'minutes', 1],
    [3_599_999, 'minutes', 59],
    [3_600_000, 'hours', 1],
    [86_399_999, 'hours', 23],
    [86_400_000 * 3 + 5, 'days', 3],
  ] as const)('%d ms', (ms, unit, count) => {
    expect(spanOf(ms)).toEqual({ unit, count })
  })
})

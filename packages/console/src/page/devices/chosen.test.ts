// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { extend, shareOf, toggle, toggleAll } from './chosen.ts'

const shown = ['a', 'b', 'c', 'd']

describe('choosing rows', () => {
  it('turns one on and off', () => {
    expect([...toggle(new Set(['a']), 'b')]).toEqual(['a', 'b'])
    expect([...toggle(new Set(['a', 'b']), 'a')]).toEqual(['b'])
  })
  it('makes a stretch what its first row is, in both directions', () => {
    expect([...extend(new Set(['b']), shown, 'b', 'd')].sort()).toEqual(['b', 'c', 'd'])
    expect([...extend(new Set(['c']), shown, 'c', 'a')].sort()).toEqual(['a', 'b', 'c'])
    expect([...extend(new Set(['a', 'c']), shown, 'b', 'd')]).toEqual(['a'])
  })
  it('takes the row alone when the first one is no longer shown', () => {
    expect([...extend(new Set(['x']), shown, 'x', 'c')]).toEqual(['x', 'c'])
  })
  it('turns all that are shown on and off, and leaves others alone', () => {
    const all = toggleAll(new Set(['x', 'a']), shown)
    expect(all.size).toBe(5)
    expect([...toggleAll(all, shown)]).toEqual(['x'])
  })
  it.each([
    [[], 'none'],
    [['x'], 'none'],
    [['a', 'x'], 'some'],
    [['a', 'b', 'c', 'd', 'x'], 'all'],
  ] as const)('%j is %s', (chosen, share) => expect(shareOf(new Set<string>(chosen), shown)).toBe(share))
})

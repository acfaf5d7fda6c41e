// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { strengthOf } from './password-strength.ts'

describe('strengthOf', () => {
  it.each([
    ['', 0],
    ['Sh0rt!pass', 0],
    ['aaaaaaaaaaaa', 1],
    ['password1234', 1],
    ['summersummer', 1],
    ['meadow lantern', 3],
    ['copper meadow lantern 7 Violin', 4],
  ] as const)('%s is %d', (password, strength) => expect(strengthOf(password)).toBe(strength))
})

// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { base32, codeOf, stepOf, uriOf } from './totp.ts'

/** The key of the RFCs' own vectors. */
const key = Buffer.from('12345678901234567890')

describe('codes of authenticator apps', () => {
  // RFC 6238 appendix B has eight digits: the last six are ours.
  it.each([
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ])('at %i s', (seconds, code) => {
    expect(codeOf(key, Math.floor(seconds / 30))).toBe(code)
    expect(stepOf(key, code, seconds * 1000, -1)).toBe(Math.floor(seconds / 30))
  })

  it('are good one step early and late, spaced or not, and once', () => {
    const step = 41152263
    const nowMs = step * 30_000
    const at = (offset: number, used = -1) => stepOf(key, codeOf(key, step + offset), nowMs, used)
    expect([-2, -1, 0, 1, 2].map((offset) => at(offset))).toEqual([undefined, step - 1, step, step + 1, undefined])
    const code = codeOf(key, step)
    expect(stepOf(key, `${code.slice(0, 3)} ${code.slice(3)}`, nowMs, -1)).toBe(step)
    expect(at(0, step)).toBeUndefined()
    expect(at(-1, step)).toBeUndefined()
    expect(at(1, step)).toBe(step + 1)
  })

  it.each(['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦'])('are not %j', (code) => {
    expect(stepOf(key, code, 59_000, -1)).toBeUndefined()
  })
})

describe('base32', () => {
  // RFC 4648, section 10.
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('of %j', (text, encoded) => expect(base32(Buffer.from(text))).toBe(encoded))

  it('stands in the address that apps read', () => {
    expect(uriOf(key, 'Ann & Bob')).toBe(
      'otpauth://totp/OpenHMP:Ann%20%26%20Bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=OpenHMP',
    )
  })
})

// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unhex } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { joinAnnexB, joinLengthPrefixed, splitAnnexB, splitLengthPrefixed } from './nal.ts'

const bytes = (text: string) => unhex(text)!
const rows: readonly [string, string, string[]][] = [
  ['four and three byte start codes', '00000001 6742 000001 68ce 00000001 6588', ['6742', '68ce', '6588']],
  ['rubbish before the first start code', 'aabb 000001 65', ['65']],
  ['zeros after a unit', '000001 6542 0000 00000001 41', ['6542', '41']],
  ['a one inside a unit', '000001 65010001 000001 41', ['65010001', '41']],
  ['empty units', '000001 000001 41 000001', ['41']],
  ['nothing', '', []],
  ['no start code', '6742aa0001', []],
]

describe('NAL units with start codes, H.264 Annex B', () => {
  it.each(rows)('splits %s', (_, input, nals) => {
    expect(splitAnnexB(bytes(input))).toEqual(nals.map(bytes))
  })

  it('splits what it joined', () => {
    const nal = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((b) => b.map((byte) => byte | 4)) // holds no start code and does not end in zero
    fc.assert(
      fc.property(fc.array(nal), (nals) => {
        expect(splitAnnexB(joinAnnexB(nals))).toEqual(nals)
      }),
    )
  })

  it('gives units of any bytes, and alters none', () => {
    const some = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 0x65), { maxLength: 60 }).map((list) => Uint8Array.from(list))
    fc.assert(
      fc.property(some, (input) => {
        const before = input.slice()
        for (const nal of splitAnnexB(input)) expect(nal.length).toBeGreaterThan(0)
        expect(input).toEqual(before)
      }),
    )
  })
})

describe('NAL units with lengths, ISO/IEC 14496-15', () => {
  it('splits what it joined', () => {
    const nal = fc.uint8Array({ minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(fc.array(nal), (nals) => {
        expect(splitLengthPrefixed(joinLengthPrefixed(nals))).toEqual(nals)
      }),
    )
  })

  it('refuses a unit that runs past the end', () => {
    expect(() => splitLengthPrefixed(bytes('00000003 6588'))).toThrow(WireError)
    expect(() => splitLengthPrefixed(bytes('0000'))).toThrow(WireError)
    expect(() => splitLengthPrefixed(bytes('ffffffff 00'))).toThrow(WireError)
  })
})

// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unhex } from '../../base/bytes.ts'
import { WireError } from '../../base/errors.ts'
import { MAX_PARAMETER_SET_BYTES } from '../bits.ts'
import { describeSps } from './parameter-sets.ts'

const bytes = (text: string) => unhex(text)!

/** What x264 wrote at 25 frames a second, and two written by hand after §7.3.2.1.1. */
const rows: readonly [string, string, object][] = [
  [
    '1920x1080, cropped from 1088',
    '67640028acd940780227e5c044000003000400000300c83c60c658',
    { width: 1920, height: 1080, codecString: 'avc1.640028', profile: 'High', frameRate: 25 },
  ],
  [
    '2560x1440',
    '67640032acd9402800b5b011000003000100000300320f183196',
    { width: 2560, height: 1440, codecString: 'avc1.640032', frameRate: 25 },
  ],
  // profile 66, level 11; ids and counts 0, 1 reference, 11x9 blocks, frames only: 176x144 without VUI
  [
    '176x144 Baseline',
    '6742c00bf4162720',
    { width: 176, height: 144, codecString: 'avc1.42C00B', profile: 'Baseline' },
  ],
]

/** A set of profile 66 whose fields after the level are these bits. */
function withBits(bits: string): Uint8Array {
  const padded = bits.replaceAll(' ', '').padEnd(Math.ceil(bits.replaceAll(' ', '').length / 8) * 8, '0')
  const body = padded.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2))
  return Uint8Array.of(0x67, 66, 0xc0, 30, ...body)
}
const faults: readonly [string, Uint8Array][] = [
  ['nothing', bytes('')],
  ['a PPS', bytes('68cb83cb20')],
  ['three bytes', bytes('674200')],
  ['a set that ends early', bytes('6742c00bf4')],
  ['zeros without end', new Uint8Array([0x67, 66, 0, 30, ...new Array(100).fill(0x10)].map((b, i) => (i < 4 ? b : 0)))],
  // id 0, frame_num 0, order type 0, lsb 0, 1 reference, no gaps, width 2^32 - 1
  ['a width of 2^32', withBits(`1 1 1 1 010 0 ${'0'.repeat(31)}1${'1'.repeat(31)} 1 1 1 0 0`)],
  ['a cycle of 2^31 pictures', withBits(`1 1 010 0 1 1 ${'0'.repeat(30)}1${'1'.repeat(30)}`)],
  // 1x1 block, cropped by 100 on the left: ue(100) is 0000001100101
  ['a picture cropped away', withBits('1 1 1 1 010 0 1 1 1 1 1 0000001100101 1 1 1 0')],
  ['too many bytes', Uint8Array.from({ length: MAX_PARAMETER_SET_BYTES + 1 }, (_, i) => (i === 0 ? 0x67 : 0xff))],
]

describe('sequence parameter set, H.264 §7.3.2.1.1', () => {
  it.each(rows)('reads %s', (_, input, meaning) => {
    expect(describeSps(bytes(input))).toMatchObject(meaning)
  })

  it.each(faults)('refuses %s', (_, input) => {
    expect(() => describeSps(input)).toThrow(expect.objectContaining({ code: 'h264.sps' }))
  })

  it('has no frame rate when the usability information is cut', () => {
    const whole = bytes(rows[0]![1])
    expect(describeSps(whole.subarray(0, 18))).toEqual({
      width: 1920,
      height: 1080,
      codecString: 'avc1.640028',
      profile: 'High',
    })
  })

  it('answers any bytes with a description or a WireError', () => {
    const seeds = rows.map(([, text]) => [bytes(text)] as [Uint8Array])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (input) => {
        const nal = Uint8Array.of(0x67, ...input)
        try {
          const { width, height } = describeSps(nal)
          expect(width * height).toBeGreaterThan(0)
          expect(Math.max(width, height)).toBeLessThan(20_000)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { examples: seeds, numRuns: 1000 },
    )
  })
})

// SPDX-License-Identifier: Apache-2.0
import { Refusal } from '@openhmp/protocol/base'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pictureFacts } from './picture.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const png = bytes('89504e470d0a1a0a 0000000d 49484452 00000320 00000258 08 02 00 00 00 00000000')
/** With fill bytes, a comment and a Huffman table before its frame header. */
const jpeg = bytes('ffd8 ffff fffe 0004 6869 ffc4 0003 00 ffc2 000b 08 0258 0320 01 01 11 00')

describe('what a picture says of itself', () => {
  it.each([
    ['PNG', png, { type: 'image/png', width: 800, height: 600 }],
    ['JPEG', jpeg, { type: 'image/jpeg', width: 800, height: 600 }],
  ])('%s', (_, given, facts) => expect(pictureFacts(given)).toEqual(facts))

  it.each([
    ['PNG', png],
    ['JPEG', jpeg],
  ])('%s that is cut off anywhere before its size is refused, and nothing else happens', (_, whole) => {
    let refused = 0
    for (let end = 0; end < whole.length; end++)
      try {
        expect(pictureFacts(whole.subarray(0, end))).toMatchObject({ width: 800 })
      } catch (error) {
        expect(error).toMatchObject({ code: 'plan.picture' })
        refused++
      }
    expect(refused).toBeGreaterThan(20)
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a drawing', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a PNG without a size', bytes('89504e470d0a1a0a 0000000d 49484452 00000000 00000258')],
    ['a PNG of too many pixels', bytes('89504e470d0a1a0a 0000000d 49484452 7fffffff 7fffffff')],
    ['a JPEG whose segments lead nowhere', bytes('ffd8 ffe0 0000 ffe0 0000 ffe0 0000')],
  ])('%s is refused', (_, given) => {
    expect(() => pictureFacts(given)).toThrow(expect.objectContaining({ code: 'plan.picture' }))
  })

  it('any bytes are a picture or refused', () => {
    const begun = fc.constantFrom(Buffer.alloc(0), png.subarray(0, 16), jpeg.subarray(0, 2))
    fc.assert(
      fc.property(begun, fc.uint8Array({ maxLength: 200 }), (head, rest) => {
        try {
          pictureFacts(Buffer.concat([head, rest]))
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal)
        }
      }),
    )
  })
})

// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unhex } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { frame4571, MAX_FRAMED_PACKETS, split4571 } from './rfc4571.ts'

const rows = [
  ['nothing', '', []],
  ['one packet', '0002 8060', ['8060']],
  ['two packets', '0002 8060 0003 80c801', ['8060', '80c801']],
] as const

describe('framing of RFC 4571', () => {
  it.each(rows)('splits and frames %s', (_, text, packets) => {
    const parts = packets.map((packet) => unhex(packet)!)
    expect(split4571(unhex(text)!)).toEqual(parts)
    expect(frame4571(parts)).toEqual(unhex(text))
  })

  it('leaves out packets of no bytes', () => {
    expect(split4571(unhex('0000 0001 41 0000')!)).toEqual([unhex('41')])
  })

  it('gives views, not copies', () => {
    const bytes = unhex('0002 8060')!
    expect(split4571(bytes)[0]!.buffer).toBe(bytes.buffer)
  })

  it.each(['00', '0002 80', '0001 41 ffff 00'])('refuses %s, cut short', (text) => {
    expect(() => split4571(unhex(text)!)).toThrow(expect.objectContaining({ code: 'rtp.frame' }))
  })

  it('holds its limits', () => {
    const packet = unhex('41')!
    const many = new Array<Uint8Array>(MAX_FRAMED_PACKETS).fill(packet)
    expect(split4571(frame4571(many))).toHaveLength(MAX_FRAMED_PACKETS)
    expect(() => frame4571([...many, packet])).toThrow(expect.objectContaining({ code: 'rtp.frame' }))
    const bytes = new Uint8Array(3 * (MAX_FRAMED_PACKETS + 1))
    for (let at = 0; at < bytes.length; at += 3) bytes[at + 1] = 1
    expect(() => split4571(bytes)).toThrow(expect.objectContaining({ code: 'rtp.frame' }))
    expect(() => frame4571([new Uint8Array(65_536)])).toThrow(expect.objectContaining({ code: 'rtp.frame' }))
  })

  it('splits whatever it frames', () => {
    const packets = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 })
    fc.assert(
      fc.property(packets, (value) => {
        expect(split4571(frame4571(value))).toEqual(value)
      }),
    )
  })

  it('answers any bytes with packets or a WireError', () => {
    const examples = rows.map(([, text]) => [unhex(text)!] as [Uint8Array])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          for (const packet of split4571(bytes)) expect(packet.length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { examples },
    )
  })
})

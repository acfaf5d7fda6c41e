// SPDX-License-Identifier: Apache-2.0
import { concat, utf8 } from '@openhmp/protocol/base'
import { formatAlert } from '@openhmp/protocol/event'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AlertReader, MAX_PICTURES } from './alert-reader.ts'

const xml = (pictures: number): string =>
  formatAlert(
    { type: 'VMD', state: 'active', time: '2026-11-23T08:00:00Z', count: 1, description: 'M', channel: 1, pictures },
    { namespace: 'urn:x', version: '2.0', ipAddress: '192.0.2.1', portNo: 80 },
  )
const part = (type: string, body: Uint8Array) =>
  concat([utf8(`--b\r\nContent-Type: ${type}\r\n\r\n`), body, utf8('\r\n')])
const alert = (pictures = 0) => part('application/xml', utf8(xml(pictures)))
const jpeg = part('image/jpeg', new Uint8Array([0xff, 0xd8, 7, 0xff, 0xd9]))

const read = (chunks: readonly Uint8Array[]) => {
  const got: number[] = []
  const reader = new AlertReader('multipart/mixed; boundary=b', (_, pictures) => got.push(pictures.length))
  for (const chunk of chunks) reader.push(chunk)
  reader.end()
  return { got, discarded: reader.discarded }
}

describe('AlertReader', () => {
  it('attaches pictures to the alert before them, however the bytes are cut', () => {
    const bytes = concat([
      alert(),
      alert(2),
      jpeg,
      jpeg,
      jpeg,
      alert(1),
      alert(),
      part('text/plain', utf8('hi')),
      alert(),
    ])
    const whole = read([bytes])
    expect(whole).toEqual({ got: [0, 2, 0, 0, 0], discarded: 2 })
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: bytes.length }), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        expect(read(at.slice(1).map((end, i) => bytes.subarray(at[i], end)))).toEqual(whole)
      }),
      { numRuns: 100 },
    )
  })

  it('takes so many pictures and no more', () => {
    const many = Array.from({ length: MAX_PICTURES + 3 }, () => jpeg)
    expect(read([alert(50), ...many, alert()])).toEqual({ got: [MAX_PICTURES, 0], discarded: 3 })
  })
})

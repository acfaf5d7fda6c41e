// SPDX-License-Identifier: Apache-2.0
import { utf8 } from '@openhmp/protocol/base'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  FirmwareError,
  FirmwareReader,
  MAX_FIRMWARE_BYTES,
  MAX_FIRMWARE_HEADER_BYTES,
  MAX_FIRMWARE_TAIL_BYTES,
  writeFirmware,
} from './firmware-image.ts'

const facts = {
  models: ['DS-A', 'DS-B'],
  version: 'V5.7.20',
  releasedDate: 'build 261101',
  language: 'EN',
  sizeBytes: 100_000,
}
const image = new Uint8Array(Buffer.concat([...writeFirmware(facts)]))

const read = (bytes: Uint8Array, pieceBytes = bytes.length, mayHaveTail = false) => {
  const reader = new FirmwareReader({ mayHaveTail })
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes))
  return reader.end()
}
const changed = (at: number, byte: number): Uint8Array => {
  const copy = image.slice()
  copy[at] = byte
  return copy
}

describe('a firmware image', () => {
  it.each([1, 7, 4096, 65_536, image.length])('is read in pieces of %i bytes', (pieceBytes) => {
    expect(read(image, pieceBytes)).toMatchObject(facts)
  })

  it('is the same for the same facts', () => {
    expect(new Uint8Array(Buffer.concat([...writeFirmware(facts)]))).toEqual(image)
  })

  it.each<[string, boolean, Uint8Array]>([
    ['nothing', true, new Uint8Array()],
    ['other bytes', true, utf8('PK, and more of it')],
    ['the head alone', true, image.subarray(0, 40)],
    ['a header that is no JSON', true, changed(12, 0x58)],
    ['a long header', true, changed(9, 1)],
    ['a piece less', false, image.subarray(0, -1)],
    ['a piece more', false, Buffer.concat([image, utf8('x')])],
    ['a damaged byte', false, changed(image.length - 1, image.at(-1)! ^ 1)],
  ])('is refused: %s', (_what, isFormat, bytes) => {
    expect(() => read(bytes)).toThrow(expect.objectContaining({ isFormat }))
  })

  it('may have the end of a form after it, but not much more', () => {
    expect(read(Buffer.concat([image, utf8('\r\n--x--')]), 1000, true)).toMatchObject(facts)
    const long = Buffer.concat([image, new Uint8Array(MAX_FIRMWARE_TAIL_BYTES + 1)])
    expect(() => read(long, 1000, true)).toThrow(FirmwareError)
  })

  it('has its limits', () => {
    const huge = { ...facts, sizeBytes: MAX_FIRMWARE_BYTES + 1 }
    expect(() => [...writeFirmware(huge)]).toThrow(FirmwareError)
    const wordy = { ...facts, models: ['x'.repeat(MAX_FIRMWARE_HEADER_BYTES)] }
    expect(() => [...writeFirmware(wordy)]).toThrow(FirmwareError)
  })

  it('gives facts or a FirmwareError for any bytes, however damaged', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(255), fc.integer({ min: 1, max: 500 }), (at, byte, pieceBytes) => {
        try {
          expect(read(changed(at, byte), pieceBytes).sizeBytes).toBe(facts.sizeBytes)
        } catch (error) {
          expect(error).toBeInstanceOf(FirmwareError)
        }
      }),
    )
  })
})

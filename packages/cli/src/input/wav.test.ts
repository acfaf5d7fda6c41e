// SPDX-License-Identifier: Apache-2.0
import { decodeAlaw, encodeAlaw, encodeUlaw } from '@openhmp/protocol/payload'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../output/failure.ts'
import { MAX_WAV_BYTES, readWav } from './wav.ts'

const chunk = (name: string, data: Uint8Array): Buffer => {
  const head = Buffer.alloc(8)
  head.write(name, 'latin1')
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)])
}
const wav = (
  data: Uint8Array,
  { tag = 1, channels = 1, rateHz = 8000, bits = 16 } = {},
  more: readonly Buffer[] = [],
): Uint8Array => {
  const format = Buffer.alloc(16)
  format.writeUInt16LE(tag, 0)
  format.writeUInt16LE(channels, 2)
  format.writeUInt32LE(rateHz, 4)
  format.writeUInt16LE(bits, 14)
  return Uint8Array.from(
    Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), chunk('fmt ', format), ...more, chunk('data', data)]),
  )
}
const law = Uint8Array.from({ length: 255 }, (_, i) => i)
const samples = decodeAlaw(law)
const pcm = new Uint8Array(samples.buffer.slice(0))

describe('a WAV file', () => {
  it('gives the law that is wanted, from each form', () => {
    expect(readWav(wav(law, { tag: 6, bits: 8 }), 'pcma')).toEqual(law)
    expect(readWav(wav(law, { tag: 7, bits: 8 }), 'pcmu')).toEqual(law)
    expect(readWav(wav(law, { tag: 6, bits: 8 }), 'pcmu')).toEqual(encodeUlaw(samples))
    expect(readWav(wav(pcm), 'pcma')).toEqual(encodeAlaw(samples))
    const list = chunk('LIST', new Uint8Array(7)) // of odd length
    expect(readWav(wav(pcm, {}, [list]), 'pcmu')).toEqual(encodeUlaw(samples))
  })

  it.each([
    ['no file', new Uint8Array(3), 'no WAV file'],
    ['no sound', wav(pcm).subarray(0, 36), 'no sound'],
    ['two channels', wav(pcm, { channels: 2 }), '2 channels'],
    ['another rate', wav(pcm, { rateHz: 44_100 }), '44100 Hz'],
    ['another format', wav(pcm, { tag: 3, bits: 32 }), 'format 3'],
    ['too much', new Uint8Array(MAX_WAV_BYTES + 1), 'longer than an hour'],
  ])('is refused: %s', (_, bytes, text) => {
    expect(() => readWav(bytes, 'pcma')).toThrow(text)
  })

  it('gives sound or a line that says what is wrong', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.uint8Array({ maxLength: 60 }).map((tail) => Buffer.concat([wav(pcm).subarray(0, 20), tail])),
    )
    fc.assert(
      fc.property(bytes, (some) => {
        try {
          expect(readWav(some, 'pcmu')).toBeInstanceOf(Uint8Array)
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError)
        }
      }),
    )
  })
})

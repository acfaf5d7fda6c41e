// SPDX-License-Identifier: Apache-2.0
/** Sound from a WAV file (RIFF; Multimedia Programming Interface 1.0), as G.711: what loudspeakers of devices take. */
import { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from '@openhmp/protocol/payload'
import { UsageError } from '../output/failure.ts'

/** An hour of sound in 16 bits. */
export const MAX_WAV_BYTES = 8000 * 2 * 3600
const RATE_HZ = 8000

/** Format tags of `fmt `. */
const PCM = 1
const ALAW = 6
const ULAW = 7

/** The sound in the law that is wanted. Throws UsageError for what is no such file, telling how to make one. */
export function readWav(bytes: Uint8Array, law: 'pcma' | 'pcmu'): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const word = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4))
  if (bytes.length > MAX_WAV_BYTES) throw new UsageError('the file is longer than an hour')
  if (bytes.length < 12 || word(0) !== 'RIFF' || word(8) !== 'WAVE') throw wrong('it is no WAV file')
  let format: { tag: number; channels: number; rateHz: number; bits: number } | undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [name, size] = [word(at), view.getUint32(at + 4, true)]
    const from = at + 8
    const to = Math.min(bytes.length, from + size)
    if (name === 'fmt ' && to - from >= 16)
      format = {
        tag: view.getUint16(from, true),
        channels: view.getUint16(from + 2, true),
        rateHz: view.getUint32(from + 4, true),
        bits: view.getUint16(from + 14, true),
      }
    if (name === 'data' && format) return inLaw(bytes.subarray(from, to), format, law)
    at = from + size + (size % 2) // chunks begin at even places
  }
  throw wrong('there is no sound in it')
}

function inLaw(
  data: Uint8Array,
  { tag, channels, rateHz, bits }: { tag: number; channels: number; rateHz: number; bits: number },
  law: 'pcma' | 'pcmu',
): Uint8Array {
  const isPcm = tag === PCM && bits === 16
  if (channels !== 1 || rateHz !== RATE_HZ || !(isPcm || tag === ALAW || tag === ULAW))
    throw wrong(`it has ${channels} channels of ${rateHz} Hz, ${bits} bits, format ${tag}`)
  if (!isPcm && (tag === ALAW) === (law === 'pcma')) return data
  const samples = tag === ALAW ? decodeAlaw(data) : tag === ULAW ? decodeUlaw(data) : samplesOf(data)
  return law === 'pcma' ? encodeAlaw(samples) : encodeUlaw(samples)
}

const samplesOf = (data: Uint8Array): Int16Array => {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return Int16Array.from({ length: data.length >> 1 }, (_, i) => view.getInt16(i * 2, true))
}

const wrong = (text: string): UsageError =>
  new UsageError(
    `${text}; wanted is a WAV file of one channel, 8000 Hz, as: ffmpeg -i IN -ac 1 -ar 8000 -c:a pcm_s16le OUT.wav`,
  )

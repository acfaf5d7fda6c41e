// SPDX-License-Identifier: Apache-2.0
/** An MP4 file's tracks as a clip's: read by mediabunny, which knows the container; NAL units and sound stay as they are. */
import { HmpError } from '@openhmp/protocol/base'
import { decodeDecoderConfiguration, splitLengthPrefixed } from '@openhmp/protocol/payload'
import { codecs } from '@openhmp/protocol/rtp'
import { BufferSource, EncodedPacketSink, Input, type InputTrack, MP4, QTFF } from 'mediabunny'
import { ClipTrack, type ClipUnit } from './clip.ts'

/** Longest file that is taken into memory. */
export const MAX_MEDIA_BYTES = 512 * 1024 * 1024
/** Sound goes out in pieces of 40 ms, 320 samples of G.711. */
const AUDIO_UNIT_TICKS = 320

/** A media file that cannot be played as it is. Codes: `media.unreadable`, `media.codec`, `media.empty`, `media.size`. */
export class MediaError extends HmpError {
  constructor(code: string, message: string, cause?: unknown) {
    super(code, message, { cause })
  }
}

/** What a file holds. The video's first picture is a key picture at 0. */
export interface Mp4Media {
  readonly video: ClipTrack
  /** G.711 bytes over the whole length, and their law. */
  readonly sound: { readonly law: 'pcma' | 'pcmu'; readonly bytes: Uint8Array } | undefined
}

const videoCodecs = { avc: 'h264', hevc: 'h265' } as const
const audioCodecs = { alaw: 'pcma', ulaw: 'pcmu' } as const

/** Reads a file that is whole in memory. `name` is for the error's text. Throws `MediaError`. */
export async function readMp4(file: Uint8Array, name: string): Promise<Mp4Media> {
  if (file.length > MAX_MEDIA_BYTES)
    throw new MediaError('media.size', `${name}: ${file.length} bytes; at most ${MAX_MEDIA_BYTES} are played`)
  const input = new Input({ source: new BufferSource(file), formats: [MP4, QTFF] })
  try {
    const video = await input.getPrimaryVideoTrack()
    const audio = await input.getPrimaryAudioTrack()
    if (!video) throw new MediaError('media.empty', `${name}: no video in it`)
    const read = await readVideo(video, name)
    return { video: read, sound: audio ? await readSound(audio, name) : undefined }
  } catch (cause) {
    if (cause instanceof MediaError) throw cause
    throw new MediaError('media.unreadable', `${name}: no MP4 file that can be read`, cause)
  } finally {
    input.dispose()
  }
}

async function readVideo(track: InputTrack, name: string): Promise<ClipTrack> {
  const known = Object.entries(videoCodecs).find(([their]) => their === track.codec)
  const config = track.isVideoTrack() ? await track.getDecoderConfig() : null
  if (!known || !config || !track.isVideoTrack())
    throw new MediaError(
      'media.codec',
      `${name}: video in ${track.codec ?? 'an unknown codec'}; a camera sends H.264 or H.265`,
    )
  const codec = known[1]
  if (!config.description)
    throw new MediaError(
      'media.codec',
      `${name}: its parameter sets are not in the file's head (avc1 or hvc1 is wanted)`,
    )
  const { parameterSets, lengthBytes } = decodeDecoderConfiguration(codec, bytesOf(config.description))
  const rate = codecs[codec].clockRateHz
  const samples: { presented: number; duration: number; isKey: boolean; data: Uint8Array[] }[] = []
  for await (const packet of new EncodedPacketSink(track).packets()) {
    const isKey = packet.type === 'key'
    if (samples.length === 0 && !isKey) continue
    const nals = splitLengthPrefixed(packet.data, lengthBytes)
    samples.push({
      presented: Math.round(packet.timestamp * rate),
      duration: Math.round(packet.duration * rate),
      isKey,
      // a camera repeats the sets before each key picture, so that a viewer can start there
      data: isKey ? [...parameterSets, ...nals.filter((nal) => !isParameterSet(codec, nal))] : nals,
    })
  }
  if (samples.length === 0) throw new MediaError('media.empty', `${name}: no picture in it`)
  // Sent in the order of decoding, at the times of presentation in ascending order.
  const times = samples.map((sample) => sample.presented).sort((a, b) => a - b)
  const start = times[0]!
  const last = samples.reduce((a, b) => (a.presented > b.presented ? a : b))
  const units: ClipUnit[] = samples.map((sample, i) => ({
    ticks: times[i]! - start,
    presentedTicks: sample.presented - start,
    isKey: sample.isKey,
    data: sample.data,
  }))
  const step = last.duration > 0 ? last.duration : Math.round(rate / 25)
  return new ClipTrack({
    codec,
    units,
    loopTicks: last.presented - start + step,
    parameterSets,
    dimensions: { width: track.displayWidth, height: track.displayHeight },
  })
}

async function readSound(track: InputTrack, name: string): Promise<Mp4Media['sound']> {
  const known = Object.entries(audioCodecs).find(([their]) => their === track.codec)
  const isFit = track.isAudioTrack() && track.sampleRate === 8000 && track.numberOfChannels === 1
  if (!known || !isFit)
    throw new MediaError(
      'media.codec',
      `${name}: sound in ${track.codec ?? 'an unknown codec'}; a camera sends G.711 (A-law or µ-law, 8000 Hz, one channel), or the file may be silent`,
    )
  const parts: Uint8Array[] = []
  for await (const packet of new EncodedPacketSink(track).packets()) parts.push(packet.data)
  return { law: known[1], bytes: new Uint8Array(Buffer.concat(parts)) }
}

/** G.711 bytes as a track that loops with a video of `loopMs`: cut, or filled with silence. */
export function soundTrack(law: 'pcma' | 'pcmu', bytes: Uint8Array, loopMs: number): ClipTrack {
  const loopTicks = Math.max(AUDIO_UNIT_TICKS, Math.round(loopMs * 8))
  const whole = new Uint8Array(loopTicks).fill(law === 'pcma' ? 0xd5 : 0xff)
  whole.set(bytes.subarray(0, loopTicks))
  const units: ClipUnit[] = []
  for (let at = 0; at < loopTicks; at += AUDIO_UNIT_TICKS)
    units.push({ ticks: at, isKey: true, data: [whole.subarray(at, Math.min(loopTicks, at + AUDIO_UNIT_TICKS))] })
  return new ClipTrack({ codec: law, units, loopTicks })
}

const isParameterSet = (codec: 'h264' | 'h265', nal: Uint8Array): boolean => {
  const type = codec === 'h264' ? nal[0]! & 31 : (nal[0]! >> 1) & 63
  return codec === 'h264' ? type === 7 || type === 8 : type >= 32 && type <= 34
}

const bytesOf = (source: ArrayBufferLike | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source)

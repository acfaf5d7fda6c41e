// SPDX-License-Identifier: Apache-2.0
/** `/ISAPI/Streaming/channels/ID/capabilities`: what a stream may be. The limits are attributes: `opt`, `min`, `max`. */
import { Refusal } from '../base/errors.ts'
import type { CodecName } from '../rtp/codec.ts'
import { attributeOf, find, type XmlElement } from '../xml/element.ts'
import { codecOfWord, profilePlace, type StreamingChange } from './streaming-channel.ts'

/** Values of a list that are taken; real ones have a few dozen. */
export const MAX_OPTIONS = 500

export interface Range {
  readonly min: number
  readonly max: number
}

/** What is undefined the device does not limit, or does not tell. */
export interface StreamingCapabilities {
  readonly codecs: readonly CodecName[] | undefined
  readonly sizes: readonly { readonly width: number; readonly height: number }[] | undefined
  /** Frames a second. */
  readonly frameRates: readonly number[] | undefined
  readonly bitrateModes: readonly string[] | undefined
  readonly bitrateKbps: Range | undefined
  readonly gop: Range | undefined
  readonly profiles: readonly string[] | undefined
  /** Undefined also where the stream has no sound: `hasAudio` tells. */
  readonly audioCodecs: readonly CodecName[] | undefined
  readonly hasAudio: boolean
}

/** Reads a capabilities document. */
export const readStreamingCapabilities = (root: XmlElement): StreamingCapabilities => {
  const [widths, heights] = ['Width', 'Height'].map((side) => numbersAt(root, `Video/videoResolution${side}`))
  const known = (path: string) => {
    const codecs = optionsAt(root, path)?.flatMap((word) => codecOfWord(word) ?? [])
    return codecs && codecs.length > 0 ? codecs : undefined
  }
  return {
    codecs: known('Video/videoCodecType'),
    // The lists go in step: the second width belongs to the second height.
    sizes:
      widths && heights && widths.length === heights.length
        ? widths.map((width, i) => ({ width, height: heights[i]! }))
        : undefined,
    frameRates: numbersAt(root, 'Video/maxFrameRate')
      ?.filter((rate) => rate > 0)
      .map((rate) => rate / 100),
    bitrateModes: optionsAt(root, 'Video/videoQualityControlType')?.map((word) => word.toUpperCase()),
    bitrateKbps: rangeAt(root, 'Video/vbrUpperCap') ?? rangeAt(root, 'Video/constantBitRate'),
    gop: rangeAt(root, 'Video/GovLength'),
    profiles: optionsAt(root, profilePlace(root)),
    audioCodecs: known('Audio/audioCompressionType'),
    hasAudio: find(root, 'Audio') !== undefined,
  }
}

/** Throws `Refusal` `setting.range`, naming what is allowed, for a change that the device would not take. */
export const checkStreamingChange = (can: StreamingCapabilities, change: StreamingChange): void => {
  const { codec, width, height, frameRate, bitrateKbps, bitrateMode, gop, profile, isAudioEnabled, audioCodec } = change
  mustBeOne('codec', codec, can.codecs)
  if (width !== undefined || height !== undefined) {
    const fits = can.sizes?.some((one) => (width ?? one.width) === one.width && (height ?? one.height) === one.height)
    if (fits === false)
      no('size', `${width ?? ''}x${height ?? ''}`, can.sizes!.map((one) => `${one.width}x${one.height}`).join(', '))
  }
  mustBeOne('rate', frameRate, can.frameRates)
  mustBeOne('bitrate mode', bitrateMode, can.bitrateModes)
  mustBeWithin('bitrate', bitrateKbps, can.bitrateKbps)
  mustBeWithin('key picture interval', gop, can.gop)
  mustBeOne('profile', profile, can.profiles)
  if ((isAudioEnabled || audioCodec !== undefined) && !can.hasAudio)
    throw new Refusal('invalid', 'setting.absent', 'the stream has no sound')
  mustBeOne('sound', audioCodec, can.audioCodecs)
}

const no = (what: string, told: string | number, allowed: string): never => {
  throw new Refusal('invalid', 'setting.range', `${what} ${told} is not allowed here; allowed: ${allowed}`)
}
const mustBeOne = <T extends string | number>(what: string, told: T | undefined, allowed: readonly T[] | undefined) => {
  if (told !== undefined && allowed && !allowed.includes(told)) no(what, told, allowed.join(', '))
}
const mustBeWithin = (what: string, told: number | undefined, allowed: Range | undefined) => {
  if (told !== undefined && allowed && !(told >= allowed.min && told <= allowed.max))
    no(what, told, `${allowed.min} to ${allowed.max}`)
}

const optionsAt = (root: XmlElement, path: string): string[] | undefined => {
  const at = find(root, path)
  const options = (at && attributeOf(at, 'opt'))
    ?.split(',')
    .slice(0, MAX_OPTIONS)
    .map((one) => one.trim())
    .filter((one) => one !== '')
  return options && options.length > 0 ? options : undefined
}
const numbersAt = (root: XmlElement, path: string): number[] | undefined => {
  const options = optionsAt(root, path)?.map(Number)
  return options?.every((one) => Number.isFinite(one)) ? options : undefined
}
const rangeAt = (root: XmlElement, path: string): Range | undefined => {
  const at = find(root, path)
  const [min, max] = ['min', 'max'].map((name) => Number.parseFloat((at && attributeOf(at, name)) ?? ''))
  return Number.isFinite(min) && Number.isFinite(max) ? { min: min!, max: max! } : undefined
}

// SPDX-License-Identifier: Apache-2.0
/** `/ISAPI/Streaming/channels`: the streams of a device. Units are the device's quirks: frames a second times 100, kbit/s, ms. */
import { Refusal } from '../base/errors.ts'
import type { CodecName } from '../rtp/codec.ts'
import { booleanAt, childrenOf, element, find, numberAt, setText, textAt, type XmlElement } from '../xml/element.ts'
import { isapiRoot } from './namespace.ts'

/** One stream. What the device does not say is undefined. */
export interface StreamingChannel {
  /** Channel × 100 + 1 for main, 2 for sub, 3 for third. */
  readonly id: number
  readonly name: string
  readonly isEnabled: boolean
  readonly codec: CodecName | undefined
  /** The device's own word for the codec: `H.264`, `MPEG4`. */
  readonly codecWord: string | undefined
  readonly width: number | undefined
  readonly height: number | undefined
  /** Frames a second; undefined when the device says 0, which means all it can. */
  readonly frameRate: number | undefined
  readonly bitrateKbps: number | undefined
  /** Undefined without sound. */
  readonly audioCodec: CodecName | undefined
  readonly audioWord: string | undefined
}

/** Channel and number of a stream id: 1702 is the second stream of channel 17. */
export const streamOf = (id: number): { readonly channel: number; readonly number: number } => ({
  channel: Math.floor(id / 100),
  number: id % 100,
})

/** The id of a channel's stream. */
export const streamId = (channel: number, number: number): number => channel * 100 + number

const videoWords: readonly (readonly [string, CodecName])[] = [
  ['H.264', 'h264'],
  ['H.265', 'h265'],
  ['MJPEG', 'mjpeg'],
]
const audioWords: readonly (readonly [string, CodecName])[] = [
  ['G.711ulaw', 'pcmu'],
  ['G.711alaw', 'pcma'],
]

/** A codec by the device's word; profiles behind it (`H.264-BP`) count as the codec. */
export const codecOfWord = (word: string | undefined): CodecName | undefined => {
  if (word === undefined) return undefined
  const found = [...videoWords, ...audioWords].find(([known]) => word.toLowerCase().startsWith(known.toLowerCase()))
  return found?.[1]
}

/** The device's word of a codec. */
export const wordOfCodec = (codec: CodecName): string =>
  [...videoWords, ...audioWords].find(([, known]) => known === codec)![0]

/** Reads one `StreamingChannel` element; undefined without an id. */
export const readStreamingChannel = (root: XmlElement): StreamingChannel | undefined => {
  const id = numberAt(root, 'id')
  if (id === undefined || !Number.isInteger(id) || id < 1) return undefined
  const codecWord = textAt(root, 'Video/videoCodecType')
  const hasAudio = booleanAt(root, 'Audio/enabled') ?? false
  const audioWord = hasAudio ? textAt(root, 'Audio/audioCompressionType') : undefined
  const isVariable = textAt(root, 'Video/videoQualityControlType')?.toUpperCase() === 'VBR'
  const constant = numberAt(root, 'Video/constantBitRate')
  const upper = numberAt(root, 'Video/vbrUpperCap')
  const rate = numberAt(root, 'Video/maxFrameRate')
  return {
    id,
    name: textAt(root, 'channelName') ?? '',
    isEnabled: booleanAt(root, 'enabled') ?? true,
    codec: codecOfWord(codecWord),
    codecWord,
    width: numberAt(root, 'Video/videoResolutionWidth'),
    height: numberAt(root, 'Video/videoResolutionHeight'),
    frameRate: rate ? rate / 100 : undefined,
    bitrateKbps: isVariable ? (upper ?? constant) : (constant ?? upper),
    audioCodec: codecOfWord(audioWord),
    audioWord,
  }
}

/** Reads the list. It may hold none, one or many, whatever its `size` attribute says. */
export const readStreamingChannels = (root: XmlElement): StreamingChannel[] =>
  childrenOf(root, 'StreamingChannel').flatMap((one) => readStreamingChannel(one) ?? [])

/** What can be changed of a stream. */
export interface StreamingChange {
  readonly codec?: 'h264' | 'h265' | 'mjpeg'
  readonly width?: number
  readonly height?: number
  readonly frameRate?: number
  readonly bitrateKbps?: number
  /** Constant, or variable up to `bitrateKbps`. */
  readonly bitrateMode?: 'CBR' | 'VBR'
  /** Frames from one key picture to the next. */
  readonly gop?: number
  /** `Main`, `High`, `Baseline`. */
  readonly profile?: string
  readonly isAudioEnabled?: boolean
  readonly audioCodec?: 'pcma' | 'pcmu'
}

/** Where the profile of the stream's codec stands. */
export const profilePlace = (root: XmlElement): string =>
  codecOfWord(textAt(root, 'Video/videoCodecType')) === 'h265' ? 'Video/H265Profile' : 'Video/H264Profile'

/** Changes a document that was read, in place; what is not named stays, known or not. */
export const changeStreamingChannel = (root: XmlElement, change: StreamingChange): void => {
  const { codec, width, height, frameRate, bitrateKbps, bitrateMode, gop, profile, isAudioEnabled, audioCodec } = change
  if (codec) setText(root, 'Video/videoCodecType', wordOfCodec(codec))
  if (width !== undefined) setText(root, 'Video/videoResolutionWidth', width)
  if (height !== undefined) setText(root, 'Video/videoResolutionHeight', height)
  if (frameRate !== undefined) setText(root, 'Video/maxFrameRate', Math.round(frameRate * 100))
  if (bitrateMode !== undefined) setText(root, 'Video/videoQualityControlType', bitrateMode)
  if (bitrateKbps !== undefined) {
    const isVariable = textAt(root, 'Video/videoQualityControlType')?.toUpperCase() === 'VBR'
    setText(root, isVariable ? 'Video/vbrUpperCap' : 'Video/constantBitRate', bitrateKbps)
  }
  if (gop !== undefined) {
    const rate = numberAt(root, 'Video/maxFrameRate') || 2500
    // Firmware without `GovLength` counts in milliseconds.
    if (find(root, 'Video/GovLength')) setText(root, 'Video/GovLength', gop)
    else setText(root, 'Video/keyFrameInterval', Math.round((gop * 100_000) / rate))
  }
  if (profile !== undefined) setText(root, profilePlace(root), profile)
  if (isAudioEnabled === undefined && audioCodec === undefined) return
  if (!find(root, 'Audio')) throw new Refusal('conflict', 'setting.absent', 'the stream has no sound')
  if (isAudioEnabled !== undefined) setText(root, 'Audio/enabled', isAudioEnabled)
  if (audioCodec !== undefined) setText(root, 'Audio/audioCompressionType', wordOfCodec(audioCodec))
}

/** What a device must know of a stream of its own to describe it. */
export interface StreamingChannelInit {
  readonly id: number
  readonly name: string
  readonly codec: 'h264' | 'h265' | 'mjpeg'
  readonly width: number
  readonly height: number
  readonly frameRate: number
  readonly bitrateKbps: number
  readonly govLength: number
  readonly audioCodec?: 'pcma' | 'pcmu'
}

/** Writes one `StreamingChannel`, without namespace when it goes into a list. */
export const streamingChannelElement = (stream: StreamingChannelInit): XmlElement => {
  const { channel } = streamOf(stream.id)
  return isapiRoot('StreamingChannel', [
    element('id', stream.id),
    element('channelName', stream.name),
    element('enabled', true),
    element('Transport', [
      element('maxPacketSize', 1000),
      element('ControlProtocolList', [element('ControlProtocol', [element('streamingTransport', 'RTSP')])]),
      element('Unicast', [element('enabled', true), element('rtpTransportType', 'RTP/TCP')]),
      element('Security', [element('enabled', true), element('certificateType', 'digest')]),
    ]),
    element('Video', [
      element('enabled', true),
      element('videoInputChannelID', channel),
      element('videoCodecType', wordOfCodec(stream.codec)),
      element('videoScanType', 'progressive'),
      element('videoResolutionWidth', stream.width),
      element('videoResolutionHeight', stream.height),
      element('videoQualityControlType', 'CBR'),
      element('constantBitRate', stream.bitrateKbps),
      element('fixedQuality', 60),
      element('maxFrameRate', Math.round(stream.frameRate * 100)),
      element('keyFrameInterval', Math.round((stream.govLength / stream.frameRate) * 1000)),
      element('snapShotImageType', 'JPEG'),
      element('GovLength', stream.govLength),
    ]),
    element('Audio', [
      element('enabled', stream.audioCodec !== undefined),
      element('audioInputChannelID', channel),
      element('audioCompressionType', wordOfCodec(stream.audioCodec ?? 'pcmu')),
    ]),
  ])
}

// SPDX-License-Identifier: Apache-2.0
/** Streams, video inputs and pictures. Stream ids are channel * 100 + number. */
import { element, numberAt, textAt, type XmlElement } from '@openhmp/protocol/xml'
import type { ClipTrack } from '../media/clip.ts'
import type { LiveStream } from '../media/live.ts'
import { type Answer, IsapiRefusal } from './answer.ts'
import type { Channel, DeviceCore } from './core.ts'
import { document, get, put, type Route, type Routed, resourceOf } from './route.ts'
import { type Leaf, plain, setting } from './setting-route.ts'

const codecWords = { h264: 'H.264', h265: 'H.265', mjpeg: 'MJPEG', pcma: 'G.711alaw', pcmu: 'G.711ulaw' } as const

/** Channel and number of a stream id. Throws the refusal that this firmware gives for one that it has not. */
function streamOf(core: DeviceCore, id: number | undefined): { channel: Channel; number: number } {
  const number = (id ?? 0) % 100
  const channel = core.channels.find((one) => one.channel === Math.floor((id ?? 0) / 100))
  if (channel && core.profile.streams.includes(number)) return { channel, number }
  const { unknownStream } = core.profile
  throw new IsapiRefusal(unknownStream === 500 ? 'deviceError' : unknownStream === 400 ? 'notSupport400' : 'notSupport')
}

/** Rates that a stream may be held to; the camera's own is the most. */
const RATES = [100, 200, 400, 500, 600, 800, 1000, 1200, 1500, 2000, 2500, 3000, 5000, 6000]

const STREAM = '/Streaming/channels/#'

/**
 * What a stream shows: a camera has two pictures, and each of its streams may be set to the size of either, and to be
 * silent; all but main also to the small one in MJPEG. Third streams answer as on real devices, and show the small picture.
 */
export function liveStreamOf(core: DeviceCore, { channel, camera }: Channel, number: number): LiveStream {
  const resource = resourceOf(STREAM, [channel * 100 + number])
  const told = (place: string) => core.settings.get(resource, place)
  const own = number === 1 ? camera.main : camera.sub
  const isStills = number !== 1 && told('/Video/videoCodecType') === codecWords.mjpeg
  const sized = [own, camera.main, camera.sub].find(
    ({ video }) => String(video.dimensions?.width) === told('/Video/videoResolutionWidth'),
  )
  const shown = (isStills ? camera.stills : sized) ?? own
  return told('/Audio/enabled') === 'false' ? camera.silent(shown) : shown
}

/** Codecs that a stream may be set to; others would need an encoder. */
const codecsOf = ({ camera }: Channel, number: number): ClipTrack['codec'][] => [
  ...new Set([
    (number === 1 ? camera.main : camera.sub).video.codec,
    ...(number !== 1 && camera.clip.stills ? (['mjpeg'] as const) : []),
  ]),
]

/** Sizes of the camera's pictures in a codec. */
const sizesOf = ({ camera }: Channel, codec: ClipTrack['codec']): { width: number; height: number }[] =>
  [camera.main.video, camera.sub.video, ...(camera.clip.stills ? [camera.clip.stills] : [])]
    .filter((track) => track.codec === codec)
    .map(({ dimensions }) => dimensions ?? { width: 0, height: 0 })
    .filter((size, i, all) => all.findIndex(({ width }) => width === size.width) === i)

function streamParts(core: DeviceCore, id: number, leaf: Leaf): XmlElement[] {
  const { channel, number } = streamOf(core, id)
  const { video } = liveStreamOf(core, channel, number)
  const { audio } = channel.camera.main
  const isRecorder = core.profile.kind === 'recorder'
  const one = (name: string, value: string | number): XmlElement => leaf(name, value, { opt: String(value) })
  const frameRate = Math.round(video.unitsPerSecond * 100)
  const units = Math.max(1, video.units.filter((unit) => unit.isKey).length)
  const gop = Math.max(1, Math.round(video.units.length / units))
  const kept = (place: string, otherwise: number): number =>
    Number(core.settings.get(resourceOf(STREAM, [id]), place) ?? otherwise)
  const keptRate = kept('/Video/maxFrameRate', frameRate) || frameRate
  const sizes = sizesOf(channel, video.codec)
  const each = (side: 'width' | 'height') => ({ opt: sizes.map((size) => size[side]).join(',') })
  const bitrate = { min: '32', max: '16384' }
  return [
    element('id', id),
    element('channelName', core.channelName(channel.channel)),
    leaf('enabled', true, { opt: number === 1 ? 'true' : 'true,false' }),
    element('Transport', [
      ...(isRecorder ? [] : [element('maxPacketSize', 1400)]),
      element(
        'ControlProtocolList',
        ['RTSP', 'HTTP'].map((word) => element('ControlProtocol', [element('streamingTransport', word)])),
      ),
      ...(isRecorder
        ? []
        : [
            element('Unicast', [
              element('enabled', true),
              leaf('rtpTransportType', 'RTP/TCP', { opt: 'RTP/UDP,RTP/TCP' }),
            ]),
            element('Security', [element('enabled', true), element('certificateType', 'digest')]),
          ]),
    ]),
    element('Video', [
      one('enabled', 'true'),
      element('videoInputChannelID', channel.channel),
      leaf('videoCodecType', codecWords[video.codec], {
        opt: codecsOf(channel, number)
          .map((codec) => codecWords[codec])
          .join(','),
      }),
      element('videoScanType', 'progressive'),
      leaf('videoResolutionWidth', video.dimensions?.width ?? 0, each('width')),
      leaf('videoResolutionHeight', video.dimensions?.height ?? 0, each('height')),
      leaf('videoQualityControlType', 'VBR', { opt: 'CBR,VBR' }),
      leaf('constantBitRate', video.bitrateKbps, bitrate),
      leaf('fixedQuality', 60, { opt: '1,20,40,60,80,100' }),
      leaf('vbrUpperCap', video.bitrateKbps, bitrate),
      element('vbrLowerCap', 32),
      leaf('maxFrameRate', frameRate, { opt: [...RATES.filter((rate) => rate < frameRate), frameRate].join(',') }),
      element('keyFrameInterval', Math.round((kept('/Video/GovLength', gop) * 100_000) / keptRate)),
      element('snapShotImageType', 'JPEG'),
      ...(isRecorder ? [element('BPFrameInterval', 'P')] : []),
      ...(video.codec === 'h264' ? [leaf('H264Profile', 'Main', { opt: 'Baseline,Main,High' })] : []),
      ...(video.codec === 'h265' ? [leaf('H265Profile', 'Main', { opt: 'Main' })] : []),
      leaf('GovLength', gop, { min: '1', max: '400' }),
      element('SVC', [leaf('enabled', false, { opt: 'true,false' })]),
      element('PacketType', 'PS'),
      element('PacketType', 'RTP'),
      leaf('smoothing', 50, { min: '1', max: '100' }),
      element('SmartCodec', [leaf('enabled', false, { opt: 'true,false' })]),
    ]),
    ...(audio
      ? [
          element('Audio', [
            leaf('enabled', true, { opt: 'true,false' }),
            element('audioInputChannelID', channel.channel),
            one('audioCompressionType', codecWords[audio.codec]),
          ]),
        ]
      : []),
  ]
}

/** What follows from other values. */
const derived = ['videoInputChannelID', 'streamingTransport', 'audioInputChannelID', 'keyFrameInterval', 'channelName']

/** A width of one size with the height of another is none, nor is a size that the codec has not. */
const checkSize = ({ core, ids, body }: Routed): void => {
  const { channel, number } = streamOf(core, ids[0])
  const [width, height] = ['Width', 'Height'].map((side) => numberAt(body, `Video/videoResolution${side}`))
  const word = textAt(body, 'Video/videoCodecType')
  const now = liveStreamOf(core, channel, number).video.codec
  const codec = codecsOf(channel, number).find((one) => codecWords[one] === word) ?? now
  const isSize = sizesOf(channel, codec).some(
    (size) => (width ?? size.width) === size.width && (height ?? size.height) === size.height,
  )
  if (!isSize) throw new IsapiRefusal('badParameters')
}

const streamDocument = ({ core, ids }: Routed, leaf: Leaf): XmlElement =>
  document(core, 'StreamingChannel', streamParts(core, ids[0] ?? 0, leaf))

function streamList({ core }: Routed): XmlElement {
  const list = core.channels.flatMap(({ channel }) =>
    core.profile.streams
      .filter((number) => number <= 2 || core.profile.kind === 'camera')
      .map((number) => {
        const id = channel * 100 + number
        return core.settings.apply(
          `/Streaming/channels/${id}`,
          document(core, 'StreamingChannel', streamParts(core, id, plain)),
        )
      }),
  )
  return document(core, 'StreamingChannelList', list)
}

/** The present moment as a JPEG. A camera takes a stream id, an old one also the bare channel. */
function picture({ core, ids, query }: Routed): Answer {
  const [id = 0] = ids
  const channel = id < 100 ? core.channels.find((one) => one.channel === id) : streamOf(core, id).channel
  if (!channel) return { status: 'notSupport' }
  if (core.profile.refusesSizedPicture && query.has('videoResolutionWidth')) return { status: 'notSupport' }
  if (channel.source && !channel.source.isOnline) return { status: 'noPicture' }
  const still = channel.camera.picture()
  return still ? { jpeg: still.jpeg } : { status: 'noPicture' }
}

const inputs = ({ core }: Routed): XmlElement | Answer =>
  core.profile.kind === 'recorder'
    ? { status: 'notSupport' }
    : document(
        core,
        'VideoInputChannelList',
        core.channels.map(({ channel }) => inputOf(core, channel)),
      )

const inputOf = (core: DeviceCore, channel: number): XmlElement =>
  document(core, 'VideoInputChannel', [
    element('id', channel),
    element('inputPort', channel),
    element('name', core.channelName(channel)),
    element('videoFormat', 'PAL'),
  ])

const input = ({ core, ids }: Routed): XmlElement => {
  if (core.profile.kind === 'recorder' || ids[0] !== 1) throw new IsapiRefusal('notSupport')
  return inputOf(core, 1)
}

/** Paths of this part of the tree. */
export const streamingRoutes: readonly Route[] = [
  get('/Streaming/channels', streamList),
  ...setting({ path: STREAM, build: streamDocument, readOnly: derived, check: checkSize }),
  get('/Streaming/channels/#/picture', (request) =>
    request.core.profile.hasProxyPictures ? { status: 'otherPath' } : picture(request),
  ),
  get('/ContentMgmt/StreamingProxy/channels/#/picture', (request) =>
    request.core.profile.kind === 'recorder' ? picture(request) : { status: 'notSupport' },
  ),
  {
    method: 'PUT',
    path: '/Streaming/channels/#/requestKeyFrame',
    handle: ({ core, ids }) => {
      streamOf(core, ids[0])
      return { status: 'ok' } // the next one is at most a second away
    },
  },
  get('/System/Video/inputs/channels', inputs),
  ...put('/System/Video/inputs/channels/#', input, ['inputPort', 'videoFormat']),
]

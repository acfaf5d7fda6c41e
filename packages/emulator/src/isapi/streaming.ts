// SPDX-License-Identifier: Apache-2.0
/** Streams, video inputs and pictures. Stream ids are channel * 100 + number. */
import { element, type XmlElement } from '@openhmp/protocol/xml'
import type { ClipTrack } from '../media/clip.ts'
import { type Answer, IsapiRefusal } from './answer.ts'
import type { Channel, DeviceCore } from './core.ts'
import { document, get, put, type Route, type Routed } from './route.ts'

const codecWords = { h264: 'H.264', h265: 'H.265', mjpeg: 'MJPEG', pcma: 'G.711alaw', pcmu: 'G.711ulaw' } as const

/** Channel and number of a stream id. Throws the refusal that this firmware gives for one that it has not. */
function streamOf(core: DeviceCore, id: number | undefined): { channel: Channel; number: number } {
  const number = (id ?? 0) % 100
  const channel = core.channels.find((one) => one.channel === Math.floor((id ?? 0) / 100))
  if (channel && core.profile.streams.includes(number)) return { channel, number }
  const { unknownStream } = core.profile
  throw new IsapiRefusal(unknownStream === 500 ? 'deviceError' : unknownStream === 400 ? 'notSupport400' : 'notSupport')
}

/** Third streams answer as on real devices, and show the small picture. */
const trackOf = (channel: Channel, number: number): ClipTrack =>
  (number === 1 ? channel.camera.main : channel.camera.sub).video

function streamParts(core: DeviceCore, id: number, withOptions: boolean): XmlElement[] {
  const { channel, number } = streamOf(core, id)
  const video = trackOf(channel, number)
  const { audio } = channel.camera.main
  const isRecorder = core.profile.kind === 'recorder'
  const one = (name: string, value: string | number | boolean): XmlElement =>
    element(name, value, withOptions ? { opt: String(value) } : {})
  const frameRate = Math.round(video.unitsPerSecond * 100)
  const gop = Math.max(1, Math.round(video.units.length / Math.max(1, video.units.filter((unit) => unit.isKey).length)))
  return [
    element('id', id),
    element('channelName', core.channelName(channel.channel)),
    one('enabled', true),
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
              element('rtpTransportType', 'RTP/TCP', withOptions ? { opt: 'RTP/UDP,RTP/TCP' } : {}),
            ]),
            element('Security', [element('enabled', true), element('certificateType', 'digest')]),
          ]),
    ]),
    element('Video', [
      one('enabled', true),
      element('videoInputChannelID', channel.channel),
      one('videoCodecType', codecWords[video.codec]),
      element('videoScanType', 'progressive'),
      one('videoResolutionWidth', video.dimensions?.width ?? 0),
      one('videoResolutionHeight', video.dimensions?.height ?? 0),
      element('videoQualityControlType', 'VBR', withOptions ? { opt: 'CBR,VBR' } : {}),
      element('constantBitRate', video.bitrateKbps),
      element('fixedQuality', 60),
      element('vbrUpperCap', video.bitrateKbps),
      element('vbrLowerCap', 32),
      one('maxFrameRate', frameRate),
      element('keyFrameInterval', Math.round((gop * 1000) / video.unitsPerSecond)),
      element('snapShotImageType', 'JPEG'),
      ...(isRecorder ? [element('BPFrameInterval', 'P')] : []),
      ...(video.codec === 'h264' ? [element('H264Profile', 'Main')] : []),
      ...(video.codec === 'h265' ? [element('H265Profile', 'Main')] : []),
      element('GovLength', gop),
      element('SVC', [element('enabled', false)]),
      element('PacketType', 'PS'),
      element('PacketType', 'RTP'),
      element('smoothing', 50),
      element('SmartCodec', [element('enabled', false)]),
    ]),
    ...(audio
      ? [
          element('Audio', [
            one('enabled', true),
            element('audioInputChannelID', channel.channel),
            one('audioCompressionType', codecWords[audio.codec]),
          ]),
        ]
      : []),
  ]
}

/** A change that the media cannot follow is refused, so that what is read back is what is sent. */
const fixed = ['videoInputChannelID', 'streamingTransport', 'audioInputChannelID']

const setStream: Route['handle'] = ({ core, ids, body }) => {
  if (!body) return { status: 'badXmlFormat' }
  const [id = 0] = ids
  const resource = `/Streaming/channels/${id}`
  core.settings.merge(
    resource,
    core.settings.apply(resource, document(core, 'StreamingChannel', streamParts(core, id, true))),
    body,
    ['id', ...fixed],
  )
  return { status: 'ok' }
}

function streamList({ core }: Routed): XmlElement {
  const list = core.channels.flatMap(({ channel }) =>
    core.profile.streams
      .filter((number) => number <= 2 || core.profile.kind === 'camera')
      .map((number) => {
        const id = channel * 100 + number
        return core.settings.apply(
          `/Streaming/channels/${id}`,
          document(core, 'StreamingChannel', streamParts(core, id, false)),
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
  get('/Streaming/channels/#', ({ core, ids }) =>
    document(core, 'StreamingChannel', streamParts(core, ids[0] ?? 0, false)),
  ),
  { method: 'PUT', path: '/Streaming/channels/#', needs: 'Operator', handle: setStream },
  get('/Streaming/channels/#/capabilities', ({ core, ids }) =>
    document(core, 'StreamingChannel', streamParts(core, ids[0] ?? 0, true)),
  ),
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

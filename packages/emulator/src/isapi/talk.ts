// SPDX-License-Identifier: Apache-2.0
/** `/System/TwoWayAudio`: speaking through the device. What comes is counted, and heard by nobody. */
import { randomInt } from 'node:crypto'
import { element, type XmlElement } from '@openhmp/protocol/xml'
import { type Answer, IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, get, type Route, type Routed, resourceOf } from './route.ts'
import { type Leaf, plain, setting } from './setting-route.ts'

const PATH = '/System/TwoWayAudio/channels'
const ONE = `${PATH}/#`
const AUDIO_DATA = /^\/ISAPI\/System\/TwoWayAudio\/channels\/(\d{1,3})\/audioData$/i

/** The one loudspeaker of a device. */
interface Talk {
  /** Of whoever opened it. */
  session: number | undefined
  heardBytes: number
}
const talks = new WeakMap<DeviceCore, Talk>()
const talkOf = (core: DeviceCore): Talk => {
  const known = talks.get(core) ?? { session: undefined, heardBytes: 0 }
  talks.set(core, known)
  return known
}

/** Bytes of sound that have come since the device was made. */
export const heardBytes = (core: DeviceCore): number => talkOf(core).heardBytes

const channelOf = ({ core, ids }: Routed): number => {
  const [id = 0] = ids
  if (id < 1 || id > core.profile.media.talkChannels) throw new IsapiRefusal('notSupport')
  return id
}

const channelElement = (core: DeviceCore, id: number, leaf: Leaf): XmlElement =>
  core.settings.apply(
    resourceOf(ONE, [id]),
    element('TwoWayAudioChannel', [
      element('id', id),
      element('enabled', talkOf(core).session !== undefined),
      leaf('audioCompressionType', core.profile.media.talkCodec, { opt: 'G.711ulaw,G.711alaw' }),
      element('audioInputType', 'MicIn'),
      leaf('speakerVolume', 50, { min: '0', max: '100' }),
      leaf('noisereduce', false, { opt: 'true,false' }),
    ]),
  )

const list = ({ core }: Routed): XmlElement => {
  const { talkChannels } = core.profile.media
  if (talkChannels === 0) throw new IsapiRefusal('notSupport')
  const channels = Array.from({ length: talkChannels }, (_, i) => channelElement(core, i + 1, plain))
  return document(core, 'TwoWayAudioChannelList', channels)
}

const open = (request: Routed): Answer => {
  channelOf(request)
  const { core } = request
  const talk = talkOf(core)
  if (talk.session !== undefined) return { status: 'deviceBusy' } // until somebody closes it
  talk.session = randomInt(1, 0x7fff_ffff)
  return core.profile.media.hasTalkSessions
    ? { document: document(core, 'TwoWayAudioSession', [element('sessionId', talk.session)]) }
    : { status: 'ok' }
}

const close = (request: Routed): Answer => {
  channelOf(request)
  talkOf(request.core).session = undefined
  return { status: 'ok' }
}

/** Takes sound that comes over a connection, until the channel is closed. */
export type TalkSink = (sound: Uint8Array) => boolean

/** The sink for a request that brings sound; a refusal when the channel is not open; undefined for any other request. */
export function openSound(core: DeviceCore, method: string, target: string): TalkSink | 'refused' | undefined {
  const url = URL.parse(target, 'http://x')
  const [, id] = AUDIO_DATA.exec(url?.pathname ?? '') ?? []
  if (method !== 'PUT' || id === undefined || core.profile.media.talkChannels === 0) return undefined
  const talk = talkOf(core)
  const { session } = talk
  const told = url?.searchParams.get('sessionId')
  const isTheirs = !core.profile.media.hasTalkSessions || told === String(session)
  if (session === undefined || !isTheirs || Number(id) > core.profile.media.talkChannels) return 'refused'
  return (sound) => {
    if (talk.session !== session) return false
    talk.heardBytes += sound.length
    return true
  }
}

/** Paths of this part of the tree, without the sound itself, which is no document. */
export const talkRoutes: readonly Route[] = [
  get(PATH, list),
  ...setting({
    path: ONE,
    build: (request, leaf) => {
      const part = channelElement(request.core, channelOf(request), leaf)
      return { ...part, attributes: document(request.core, part.name, []).attributes }
    },
    readOnly: ['enabled', 'audioInputType'],
  }),
  { method: 'PUT', path: `${ONE}/open`, needs: 'Operator', handle: open },
  { method: 'PUT', path: `${ONE}/close`, needs: 'Operator', handle: close },
]

// SPDX-License-Identifier: Apache-2.0
/**
 * Every setting on every firmware: written, read back from the device, and what it refused or altered named. What is
 * written is shown to xmllint, and elements that nobody knows are still in it.
 */
import { profiles } from '@openhmp/emulator'
import { fromUtf8, HmpError, utf8 } from '@openhmp/protocol/base'
import {
  adminAccessResource,
  channelNameResource,
  deviceNameResource,
  httpHostsResource,
  ioInputResource,
  ioOutputResource,
  motionResource,
  networkResource,
  ntpResource,
  overlayResource,
  type Resource,
  recorderChannelResource,
  scheduleResource,
  smartResource,
  streamResource,
  tamperResource,
  timeResource,
  twoWayAudioResource,
  videoLossResource,
} from '@openhmp/protocol/isapi'
import { element, formatXml, parseXml, type XmlElement } from '@openhmp/protocol/xml'
import { describe, expect, it } from 'vitest'
import {
  changeImage,
  changePassword,
  changeResource,
  createUser,
  doorOver,
  type IsapiDoor,
  linkEvents,
  listUsers,
} from '../src/index.ts'
import { complaintsOf, type Emulated, openEmulated, type ProfileName, profileNames } from './emulated.ts'

const UNKNOWN = 'vendorsOwn'
const firstPassword = 'Secret-1'

/** Puts an element that nobody knows into everything that has elements. */
const withUnknown = (part: XmlElement): XmlElement =>
  part.children.length === 0
    ? part
    : { ...part, children: [...part.children.map(withUnknown), element(UNKNOWN, 'kept', { by: 'factory' })] }

const isUnknown = ({ name, text, attributes: [first] }: XmlElement): boolean =>
  name === UNKNOWN && text === 'kept' && first?.value === 'factory'

/** How many elements there are at each place, and how many of them hold theirs. */
const census = (root: XmlElement): Map<string, { all: number; whole: number }> => {
  const places = new Map<string, { all: number; whole: number }>()
  const walk = (part: XmlElement, place: string): void => {
    if (part.children.length === 0) return
    const { all = 0, whole = 0 } = places.get(place) ?? {}
    places.set(place, { all: all + 1, whole: whole + Number(part.children.some(isUnknown)) })
    for (const child of part.children) walk(child, `${place}/${child.name}`)
  }
  walk(root, '')
  return places
}

/** Places that have lost theirs on the way from a document to the one that was written. */
const losses = (from: XmlElement, to: XmlElement): string[] => {
  const after = census(to)
  return [...census(from)].flatMap(([place, { whole: before }]) => {
    const { all, whole } = after.get(place) ?? { all: 0, whole: 0 }
    return whole < Math.min(before, all) ? [place] : []
  })
}

/** The device as one that has more in its documents than we know. */
const strangeDoor = ({ isapi }: Emulated) => {
  const written: { readonly path: string; readonly body: string; readonly from: XmlElement | undefined }[] = []
  const told = new Map<string, XmlElement>()
  const door = doorOver(isapi.name, async ({ method, path, body }, options) => {
    if (method === 'GET') {
      const answer = await isapi.get(path, options)
      if (answer.status !== 200 || !/xml/.test(answer.contentType ?? '')) return answer
      const document = withUnknown(parseXml(answer.bytes))
      told.set(path, document)
      return { ...answer, bytes: utf8(formatXml(document)) }
    }
    if (method === 'DELETE') return isapi.delete(path, options)
    written.push({ path, body: fromUtf8(body!), from: told.get(path) })
    return method === 'PUT' ? isapi.put(path, body, options) : isapi.post(path, body, options)
  })
  return { door, written }
}

interface Outcome {
  readonly after: unknown
  readonly differences: readonly { readonly place: string }[]
}
type Row = (door: IsapiDoor, place: { channel: number; isProxied: boolean }) => Promise<Outcome>

const row =
  <Value, Change>(
    at: (place: { channel: number; isProxied: boolean }) => Resource<Value, Change>,
    change: Change,
  ): Row =>
  async (door, place) => {
    const changed = await changeResource(door, at(place), change)
    // A second look finds the same.
    expect(at(place).read(await door.getXml(at(place).path))).toEqual(changed.after)
    return changed
  }

const corners = [
  { x: 0.1, y: 0.2 },
  { x: 0.5, y: 0.2 },
  { x: 0.5, y: 0.8 },
]
const lineEnds = corners.slice(0, 2)
const rows: Readonly<Record<string, Row>> = {
  name: row(() => deviceNameResource, { name: 'Quay <7> & Söhne' }),
  'time by hand': row(() => timeResource, { mode: 'manual', timeZone: 'CET-1:00:00' }),
  'time by a server': row(() => timeResource, { mode: 'NTP', timeZone: 'CST-8:00:00' }),
  'time server': row(() => ntpResource, { host: 'ntp.harbour.example', port: 124, intervalMinutes: 30 }),
  'time server by address': row(() => ntpResource, { host: '192.0.2.123' }),
  network: row(() => networkResource(), { dns: '192.0.2.53', mtu: 1400 }),
  port: row(() => adminAccessResource, { protocol: 'RTSP', port: 8554 }),
  'main stream': row(() => streamResource(101), { frameRate: 10, bitrateKbps: 2000, gop: 20 }),
  'sub stream': row(() => streamResource(102), { bitrateMode: 'CBR', bitrateKbps: 500, isAudioEnabled: false }),
  picture: (door) => changeImage(door, 1, { brightness: 40, contrast: 60 }),
  overlay: row(overlayResource, {
    date: { isShown: false },
    texts: [{ id: 1, isShown: true, text: 'Gate <2>', at: { x: 0.25, y: 0.5 } }],
  }),
  'channel name': row(channelNameResource, { name: 'Gate & yard' }),
  motion: row(motionResource, { isEnabled: false, sensitivity: 80 }),
  tamper: row(tamperResource, { isEnabled: true, sensitivity: 40 }),
  'video loss': row(videoLossResource, { isEnabled: true }),
  'motion schedule': row(() => scheduleResource('motion', 1), { blocks: [{ day: 1, from: 480, to: 1080 }] }),
  line: row(() => smartResource('lineCrossing', 1), { isEnabled: true, rules: [{ id: 1, points: lineEnds }] }),
  intrusion: row(() => smartResource('intrusion', 1), {
    isEnabled: true,
    rules: [{ id: 1, points: corners, sensitivity: 60 }],
  }),
  input: row(() => ioInputResource(1), { name: 'Door' }),
  output: row(() => ioOutputResource(1), { name: 'Lamp' }),
  listener: row(() => httpHostsResource(1), {
    id: 1,
    host: 'cms.example',
    port: 8443,
    url: '/push?a=1&b=2',
    protocol: 'HTTPS',
  }),
  loudspeaker: row(() => twoWayAudioResource(1), { volume: 30 }),
  "recorder's camera": row(() => recorderChannelResource(1), {
    name: 'Gate',
    host: 'gate.example',
    password: 'Camera-12',
  }),
  'links of events': async (door) => {
    const after = await linkEvents(door)
    return { after, differences: after.filter(({ state }) => state !== 'mended').map(({ id }) => ({ place: id })) }
  },
  user: async (door) => {
    const guard = { name: 'guard', password: 'Night+watch1', level: 'Operator', loginPassword: firstPassword } as const
    await createUser(door, guard)
    await changePassword(door, { userName: 'guard', password: 'Day&watch <2>', loginPassword: firstPassword })
    return { after: await listUsers(door), differences: [] }
  },
}

const outcomeOf = async (work: Promise<Outcome>): Promise<string> => {
  try {
    const { differences } = await work
    return differences.length === 0 ? 'as told' : `altered: ${differences.map(({ place }) => place).join(', ')}`
  } catch (error) {
    if (error instanceof HmpError) return error.code
    throw error
  }
}

/** All else is as told. */
const noRecorder = { "recorder's camera": 'isapi.not-supported' } as const
const camera = { ...noRecorder, 'video loss': 'isapi.not-supported' } as const
const others: Readonly<Record<ProfileName, Readonly<Record<string, string>>>> = {
  'ipc-5.7': camera,
  'ipc-5.5': {
    ...camera,
    input: 'isapi.not-supported',
    loudspeaker: 'isapi.not-supported',
    output: 'isapi.not-supported',
    port: 'isapi.badParameters',
    'main stream': 'altered: Video/vbrUpperCap',
    'sub stream': 'altered: Video/constantBitRate',
  },
  'ipc-5.2': {
    ...noRecorder,
    'main stream': 'altered: Video/GovLength',
    port: 'altered: AdminAccessProtocol[1]/portNo',
  },
  ptz: camera,
  'nvr-4': {},
  'ipc-5.8': camera,
}

describe.each(profileNames)('the settings of %s', (profile) => {
  it('are read back as told, or it is said which are not; nothing unknown is lost', { timeout: 20_000 }, async () => {
    await using set = await openEmulated(profile, { fault: 'unlinked' })
    const { door, written } = strangeDoor(set)
    const place = { channel: 1, isProxied: profiles[profile].kind === 'recorder' }
    const found: Record<string, string> = {}
    for (const [name, change] of Object.entries(rows)) {
      const outcome = await outcomeOf(change(door, place))
      if (outcome !== 'as told') found[name] = outcome
    }
    expect(found).toEqual(others[profile])
    expect(complaintsOf(written)).toEqual([])
    for (const { from, path, body } of written)
      if (from && !path.endsWith('/users')) expect([path, losses(from, parseXml(utf8(body)))]).toEqual([path, []])
  })
})

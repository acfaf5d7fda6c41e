// SPDX-License-Identifier: Apache-2.0
/**
 * What `GET /HMP/devices` says (docs/protocol/hmp.md §11): the device itself, or the devices of an agent. All of an agent's
 * devices look at one answer, so that a site that comes back is asked once.
 */
import { type Channel, DeviceInformation } from '@openhmp/contract'
import { fromUtf8, PeerError } from '@openhmp/protocol/base'
import type { HttpResponse } from '@openhmp/protocol/http'
import type { HmpSession } from '@openhmp/protocol/session'

/** One device of the list. */
export interface ListedDevice {
  readonly id: string
  readonly state: 'online' | 'offline' | 'refused'
  /** Why it is not online, when the agent says. */
  readonly cause: { readonly code: string; readonly text: string } | null
  readonly information: DeviceInformation
}

/** Devices of one list that are looked at. */
const MAX_LISTED = 1024
const ANSWER_MS = 10_000
const MAX_TEXT = 300

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MAX_TEXT) : '')
const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** Reads the list; what is not understood of a device is left out. Throws `PeerError` `device.nonsense`. */
export const readDeviceList = (answer: HttpResponse): ListedDevice[] => {
  let devices: unknown
  try {
    devices = objectOf(JSON.parse(fromUtf8(answer.body)))['devices']
  } catch (cause) {
    throw new PeerError('device.nonsense', 'the device does not say what it is in JSON', { retry: 'never', cause })
  }
  return (Array.isArray(devices) ? devices.slice(0, MAX_LISTED) : []).map(objectOf).map((told) => ({
    id: text(told['id']),
    state: told['state'] === 'offline' || told['state'] === 'refused' ? told['state'] : 'online',
    cause: causeOf(objectOf(told['cause'])),
    information: {
      name: text(told['name']),
      model: text(told['model']),
      serialNumber: text(told['serialNumber']),
      firmwareVersion: text(told['firmwareVersion']),
      deviceType: text(told['deviceType']) || text(told['kind']),
      macAddress: text(told['macAddress']),
      channels: channelsOf(told['channels']),
    },
  }))
}

const causeOf = ({ code, text: why }: Record<string, unknown>): ListedDevice['cause'] =>
  typeof code === 'string' ? { code: text(code), text: text(why) } : null

const ChannelWithStreams = DeviceInformation.shape.channels.element

const channelsOf = (told: unknown): Channel[] => {
  if (!Array.isArray(told)) return []
  return told.slice(0, 512).flatMap((one) => {
    const whole = ChannelWithStreams.safeParse(one)
    if (whole.success) return [whole.data]
    const { id, name, profiles } = objectOf(one)
    if (typeof id !== 'number') return []
    const known = (['main', 'sub'] as const).filter((profile) => !Array.isArray(profiles) || profiles.includes(profile))
    const blank = { codec: null, width: null, height: null, frameRate: null, bitrateKbps: null, audioCodec: null }
    const streams = known.map((profile) => ({ id: id * 100 + (profile === 'main' ? 1 : 2), profile, ...blank }))
    return [{ id, name: text(name) || `Channel ${id}`, streams }]
  })
}

/** Lists that are under way, or were asked for in the same turn. */
const asked = new WeakMap<HmpSession, Promise<ListedDevice[]>>()

/**
 * Asks who is behind a session; who asks while an answer is awaited gets that one, unless it may be older than what
 * `isNews` tells of. Rejects with `LinkError`, `PeerError`.
 */
export const listDevices = (session: HmpSession, { isNews = false } = {}): Promise<ListedDevice[]> => {
  const before = asked.get(session)
  if (before && !isNews) return before
  const listing: Promise<ListedDevice[]> = session
    .request({ method: 'GET', target: '/HMP/devices' }, { signal: AbortSignal.timeout(ANSWER_MS) })
    .then((answer) => {
      if (answer.status === 200) return readDeviceList(answer)
      throw new PeerError('device.refused', `the device answered ${answer.status} to what it is`, {
        status: answer.status,
        retry: 'later',
      })
    })
    .finally(() => {
      if (asked.get(session) === listing) asked.delete(session)
    })
  asked.set(session, listing)
  return listing
}

// SPDX-License-Identifier: Apache-2.0
/** Asking a device what it is: camera, recorder with IP cameras, or hybrid recorder with both kinds of inputs. */
import { type Clock, PeerError } from '@openhmp/protocol/base'
import {
  readInputProxyChannels,
  readStreamingChannel,
  readStreamingChannels,
  readVideoInputChannels,
  type StreamingChannel,
  streamId,
  streamOf,
} from '@openhmp/protocol/isapi'
import type { XmlElement } from '@openhmp/protocol/xml'
import type { LoginCredentials } from '../login-guard.ts'
import type { TlsTrust } from '../socket.ts'
import type { ChannelDescription, DeviceDescription, StreamDescription } from './description.ts'
import { deviceInfoOf, INFO_PATH } from './device-info.ts'
import { IsapiClient } from './isapi-client.ts'
import type { IsapiDoor } from './resource.ts'

/** Channels of one device: the largest recorders have 256. Of more, none is taken. */
export const MAX_CHANNELS = 1024
/** Channels of which each stream is asked for where the device has no list: two requests each. */
const MAX_ASKED_CHANNELS = 64

/** How a probe reaches the device. */
export interface ProbeOptions {
  readonly signal?: AbortSignal
  readonly clock: Clock
  readonly tls?: TlsTrust
}

interface Asking {
  readonly signal?: AbortSignal
}

/** Describes the device at an address. Rejects as `IsapiClient` does; throws `Refusal` `address.form`. */
export const probeDevice = async (
  address: string,
  credentials: LoginCredentials,
  options: ProbeOptions,
): Promise<DeviceDescription> => {
  await using client = new IsapiClient({ address, credentials, ...options })
  return await describeDevice(client)
}

/** Describes a device that is already spoken to, over whatever way. Rejects as `getXml` does. */
export const describeDevice = async (device: IsapiDoor, options: Asking = {}): Promise<DeviceDescription> => {
  // Alone and first: it tells whether this is a device at all, and a wrong password is sent once.
  const info = deviceInfoOf(await device.getXml(INFO_PATH, options), `${device.name}: GET ${INFO_PATH}`)
  const list = async <T>(path: string, read: (root: XmlElement) => T[]) =>
    orNone(device.getXml(path, options).then(read))
  const [inputs, proxied, listed] = await Promise.all([
    list('/ISAPI/System/Video/inputs/channels', readVideoInputChannels),
    list('/ISAPI/ContentMgmt/InputProxy/channels', readInputProxyChannels),
    list('/ISAPI/Streaming/channels', readStreamingChannels),
  ])
  const told = Math.max(inputs.length, proxied.length, listed.length / 3)
  if (told > MAX_CHANNELS)
    throw new PeerError(
      'isapi.channels',
      `${device.name}: the device says that it has ${Math.round(told)} channels; ${MAX_CHANNELS} are the most`,
      {
        retry: 'never',
      },
    )
  const names = new Map<number, string>()
  for (const { id, name, isEnabled } of inputs) if (isEnabled) names.set(id, name)
  const disabled = new Set(inputs.filter(({ isEnabled }) => !isEnabled).map(({ id }) => id))
  // On a hybrid recorder both lists may count from 1; its IP channels come after the analog ones.
  const isAgain = proxied.some(({ id }) => inputs.some((one) => one.id === id))
  const offset = isAgain ? Math.max(...inputs.map(({ id }) => id)) : 0
  for (const { id, name } of proxied) names.set(id + offset, name)
  const behind = new Set(proxied.map(({ id }) => id + offset))
  const streams = listed.length > 0 ? listed : await streamsOneByOne(device, [...names.keys()], options)
  const known = names.size > 0
  for (const { id, name } of streams) {
    const { channel } = streamOf(id)
    if (!known && channel > 0 && !names.has(channel)) names.set(channel, name)
  }
  const channels: ChannelDescription[] = [...names]
    .filter(([id]) => !disabled.has(id))
    .sort(([a], [b]) => a - b)
    .map(([id, name]) => ({
      id,
      name: name || streams.find((one) => streamOf(one.id).channel === id)?.name || `Channel ${id}`,
      ...(behind.has(id) ? { isProxied: true as const } : {}),
      streams: streams.filter((one) => streamOf(one.id).channel === id && isReal(one)).map(describeStream),
    }))
  return {
    model: info.model,
    serialNumber: info.serialNumber,
    firmwareVersion: info.firmwareVersion,
    deviceType: info.deviceType,
    macAddress: info.macAddress,
    name: info.deviceName,
    channels,
  }
}

/**
 * Tolerates: recorders that describe each stream but have no list of them, or an empty one.
 */
const streamsOneByOne = async (
  device: IsapiDoor,
  channels: readonly number[],
  options: Asking,
): Promise<StreamingChannel[]> => {
  const ids = channels.slice(0, MAX_ASKED_CHANNELS).flatMap((channel) => [streamId(channel, 1), streamId(channel, 2)])
  const ask = async (id: number) =>
    [readStreamingChannel(await device.getXml(`/ISAPI/Streaming/channels/${id}`, options)) ?? []].flat()
  return (await Promise.all(ids.map((id) => orNone(ask(id))))).flat()
}

/** What a device does not have is an empty list; any other failure is one. */
const orNone = async <T>(list: Promise<T[]>): Promise<T[]> => {
  try {
    return await list
  } catch (error) {
    // Busy is no answer: a recorder without its cameras would be taken for a description.
    if (error instanceof PeerError && error.retry !== 'after-login' && error.status !== 503) return []
    throw error
  }
}

/** Tolerates: cameras that list streams which they do not have: those name no codec and no size. */
const isReal = ({ codecWord, width }: StreamingChannel): boolean => codecWord !== undefined || width !== undefined

const describeStream = (stream: StreamingChannel): StreamDescription => ({
  id: stream.id,
  codec: stream.codec ?? stream.codecWord ?? null,
  width: stream.width ?? null,
  height: stream.height ?? null,
  frameRate: stream.frameRate ?? null,
  bitrateKbps: stream.bitrateKbps ?? null,
  audioCodec: stream.audioCodec ?? stream.audioWord ?? null,
})

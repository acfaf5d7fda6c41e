// SPDX-License-Identifier: Apache-2.0
/**
 * What a device says of itself in ISAPI documents that come over HMP; over HTTP `probeDevice` of the client does it. The
 * same shape that `hmp device info --json` prints.
 */
import type { Channel, DeviceInformation } from '@openhmp/contract'
import { PeerError } from '@openhmp/protocol/base'
import {
  readDeviceInfo,
  readInputProxyChannels,
  readStatus,
  readStreamingChannels,
  readVideoInputChannels,
  type StreamingChannel,
  streamOf,
} from '@openhmp/protocol/isapi'
import { parseXml, type XmlElement } from '@openhmp/protocol/xml'

/** Channels of one device that are shown. */
export const MAX_CHANNELS = 512

/** A document, or a picture, as it came. */
export interface IsapiPath {
  readonly bytes: Uint8Array
  readonly contentType: string
}

/** Fetches a path of the device; rejects with `PeerError` when the device says no. */
export type GetPath = (path: string) => Promise<IsapiPath>

/** Profiles by the number of a stream within its channel, from 1. */
export const PROFILES = ['main', 'sub', 'third'] as const

/** Reads model, channels and streams. Rejects with what `get` rejects with, and `WireError` for nonsense. */
export const readInformation = async (get: GetPath): Promise<DeviceInformation> => {
  const document = async (path: string): Promise<XmlElement> => parseXml((await get(path)).bytes)
  const optional = async (path: string): Promise<XmlElement | undefined> => {
    try {
      return await document(path)
    } catch (error) {
      // A camera has no proxied channels and a recorder may have no inputs of its own: that is no failure.
      if (error instanceof PeerError && error.retry !== 'after-login') return undefined
      throw error
    }
  }
  const info = readDeviceInfo(await document('/ISAPI/System/deviceInfo'))
  const streams = await optional('/ISAPI/Streaming/channels')
  const inputs = await optional('/ISAPI/System/Video/inputs/channels')
  const proxied = await optional('/ISAPI/ContentMgmt/InputProxy/channels')
  const names = new Map<number, string>()
  for (const { id, name } of inputs ? readVideoInputChannels(inputs) : []) names.set(id, name)
  for (const { id, name } of proxied ? readInputProxyChannels(proxied) : []) names.set(id, name)
  return {
    model: info.model,
    serialNumber: info.serialNumber,
    firmwareVersion: info.firmwareVersion,
    deviceType: info.deviceType,
    macAddress: info.macAddress,
    name: info.deviceName,
    channels: channelsOf(streams ? readStreamingChannels(streams) : [], names),
  }
}

const channelsOf = (streams: readonly StreamingChannel[], names: ReadonlyMap<number, string>): Channel[] => {
  const channels = new Map<number, Channel>()
  const ids = new Set([...streams.map(({ id }) => streamOf(id).channel), ...names.keys()])
  for (const id of [...ids].sort((a, b) => a - b).slice(0, MAX_CHANNELS))
    channels.set(id, { id, name: names.get(id) || `Channel ${id}`, streams: [] })
  for (const stream of streams) {
    const { channel, number } = streamOf(stream.id)
    const profile = PROFILES[number - 1]
    const target = channels.get(channel)
    if (!profile || !target) continue
    if (stream.name !== '' && !names.has(channel)) target.name = stream.name
    target.streams.push({
      id: stream.id,
      profile,
      codec: stream.codec ?? stream.codecWord ?? null,
      width: stream.width ?? null,
      height: stream.height ?? null,
      frameRate: stream.frameRate ?? null,
      bitrateKbps: stream.bitrateKbps ?? null,
      audioCodec: stream.audioCodec ?? stream.audioWord ?? null,
    })
  }
  return [...channels.values()]
}

/** Seconds since the device started, when it tells. */
export const readUptime = ({ bytes }: IsapiPath): number | undefined => readStatus(parseXml(bytes)).upTimeSeconds

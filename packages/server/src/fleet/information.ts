// SPDX-License-Identifier: Apache-2.0
/** What a device says of itself, in the form of the contract, over whatever way it is reached. */
import { describeDevice, type IsapiDoor } from '@openhmp/client'
import type { DeviceInformation } from '@openhmp/contract'

/** Channels of one device that are shown. */
export const MAX_CHANNELS = 512
/** Profiles by the number of a stream within its channel, from 1. */
const PROFILES = ['main', 'sub', 'third'] as const

/** Longest text of a device that is kept, in characters; what people may type for a name is as long. */
export const MAX_TOLD_CHARACTERS = 80

/** A device's text on one line, no longer than a name may be: what it tells must not break what is made of it. */
const plainText = (told: string): string =>
  Array.from(told.replace(/[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]+/gu, ' ').trim())
    .slice(0, MAX_TOLD_CHARACTERS)
    .join('')
    .slice(0, MAX_TOLD_CHARACTERS)
    .trim()

/** Asks. Rejects as the door's `getXml` does. */
export const readInformation = async (door: IsapiDoor, signal: AbortSignal): Promise<DeviceInformation> => {
  const told = await describeDevice(door, { signal })
  const channels = told.channels.slice(0, MAX_CHANNELS).map(({ streams, ...rest }) => ({
    ...rest,
    name: plainText(rest.name),
    streams: streams.flatMap((stream) => {
      const profile = PROFILES[(stream.id % 100) - 1]
      return profile ? [{ ...stream, profile }] : []
    }),
  }))
  return {
    name: plainText(told.name),
    model: plainText(told.model),
    serialNumber: plainText(told.serialNumber),
    firmwareVersion: plainText(told.firmwareVersion),
    deviceType: plainText(told.deviceType),
    macAddress: plainText(told.macAddress),
    channels,
  }
}

// SPDX-License-Identifier: Apache-2.0
/** What a device says of itself, in the form of the contract, over whatever way it is reached. */
import { describeDevice, type IsapiDoor } from '@openhmp/client'
import type { DeviceInformation } from '@openhmp/contract'

/** Channels of one device that are shown. */
export const MAX_CHANNELS = 512
/** Profiles by the number of a stream within its channel, from 1. */
const PROFILES = ['main', 'sub', 'third'] as const

/** Asks. Rejects as the door's `getXml` does. */
export const readInformation = async (door: IsapiDoor, signal: AbortSignal): Promise<DeviceInformation> => {
  const told = await describeDevice(door, { signal })
  const channels = told.channels.slice(0, MAX_CHANNELS).map(({ streams, ...rest }) => ({
    ...rest,
    streams: streams.flatMap((stream) => {
      const profile = PROFILES[(stream.id % 100) - 1]
      return profile ? [{ ...stream, profile }] : []
    }),
  }))
  return { ...told, channels }
}

// SPDX-License-Identifier: Apache-2.0
/** Devices seen as cameras: one for each channel, named as people would call it. */
import type { Channel, Device } from '@openhmp/contract'
import type { Profile } from '../live/status.ts'

export interface Camera {
  /** `deviceId/channel`: names a camera in layouts and in lists. */
  readonly key: string
  readonly name: string
  readonly device: Device
  readonly channel: Channel
}

export const keyOf = (device: string, channel: number): string => `${device}/${channel}`

/** A device with one channel lends it its own name; the channels of a recorder have names of their own. */
export const camerasOf = (devices: readonly Device[]): Camera[] =>
  devices.flatMap((device) =>
    device.channels.map((channel) => ({
      key: keyOf(device.id, channel.id),
      name: device.channels.length === 1 ? device.name : channel.name || `${device.name} ${channel.id}`,
      device,
      channel,
    })),
  )

export const hasSub = (camera: Camera): boolean => camera.channel.streams.some((stream) => stream.profile === 'sub')

/** The stream that carries sound, the one on the screen for choice; undefined when the camera is known to send none. */
export const soundProfile = (camera: Camera, shown: Profile): Profile | undefined => {
  const { streams } = camera.channel
  const carries = (profile: Profile) =>
    streams.some((stream) => stream.profile === profile && stream.audioCodec !== null)
  if (carries(shown)) return shown
  return (['main', 'sub'] as const).find(carries)
}

// SPDX-License-Identifier: Apache-2.0
/** What a device is: the shape that `hmp device info --json` prints. It may grow, not change. */

/** One stream of a channel. What the device does not say is null. */
export interface StreamDescription {
  /** Channel × 100 + 1 for main, 2 for sub, 3 for third. */
  readonly id: number
  /** `h264`, `h265`, `mjpeg`; the device's own word for one that is not known. */
  readonly codec: string | null
  readonly width: number | null
  readonly height: number | null
  readonly frameRate: number | null
  readonly bitrateKbps: number | null
  /** `pcma`, `pcmu`, or the device's own word; null without sound. */
  readonly audioCodec: string | null
}

/** One picture source: the camera itself, or a camera of a recorder. */
export interface ChannelDescription {
  readonly id: number
  readonly name: string
  /** An IP camera behind a recorder: alerts count these on their own. */
  readonly isProxied?: true
  readonly streams: readonly StreamDescription[]
}

/** A camera or recorder. Texts that the device does not tell are empty. */
export interface DeviceDescription {
  readonly model: string
  readonly serialNumber: string
  /** `V5.7.17`. */
  readonly firmwareVersion: string
  readonly deviceType: string
  readonly macAddress: string
  readonly name: string
  readonly channels: readonly ChannelDescription[]
}

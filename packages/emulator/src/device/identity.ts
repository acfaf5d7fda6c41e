// SPDX-License-Identifier: Apache-2.0
/** Names and numbers of an emulated device: the same at every start, different for each device of a host. */
import type { DeviceIdentity } from './api.ts'
import type { Profile } from './profile.ts'

/** `unique` sets the device apart from others of this host (its HTTP port, where that is chosen). */
export function identityOf(options: {
  readonly index: number
  readonly unique: number
  readonly name: string
  readonly profile: Profile
}): DeviceIdentity {
  const { index, unique, name, profile } = options
  const isRecorder = profile.kind === 'recorder'
  const digits = String(100_000_000 + unique)
  const two = (n: number) => (n & 0xff).toString(16).padStart(2, '0')
  return {
    index,
    kind: profile.kind,
    name,
    model: profile.model,
    serialNumber: `${profile.model}20260916${isRecorder ? 'CCRR' : 'AAWR'}${digits}${isRecorder ? 'WCVU' : ''}`,
    // locally administered, so that it is nobody's
    macAddress: `02:48:4d:${two(unique >> 16)}:${two(unique >> 8)}:${two(unique)}`,
    firmwareVersion: profile.firmwareVersion,
    realm: isRecorder ? `DS-${digits.slice(1)}` : `IP Camera(${digits.slice(-5)})`,
  }
}

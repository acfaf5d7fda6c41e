// SPDX-License-Identifier: Apache-2.0
/** What a device does not let be done to it, whoever asks. The ISAPI tree answers it as this firmware would. */
import { HmpError } from '@openhmp/protocol/base'

/** Why. */
export type DeviceRefusalReason =
  | 'users-full'
  | 'user-duplicate'
  | 'user-unknown'
  /** The account that came with the device: it is not renamed, lowered or removed. */
  | 'user-inherent'
  | 'password-weak'
  | 'activated'
  | 'upgrading'
  | 'reboot-required'
  | 'wrong-model'
  | 'wrong-language'
  | 'bad-flash'
  | 'certificate-wrong'

/** The device says no. Codes: `emulator.REASON`. */
export class DeviceRefusal extends HmpError {
  readonly reason: DeviceRefusalReason

  constructor(reason: DeviceRefusalReason, text: string, options: { readonly cause?: unknown } = {}) {
    super(`emulator.${reason}`, text, options)
    this.reason = reason
  }
}

// SPDX-License-Identifier: Apache-2.0
/** What the sections must know of a device before it is asked. */
import type { KnownDevice } from '../fleet/device-row.ts'
import { isRecorderType } from '../fleet/recorder-type.ts'
import type { Described } from './compare.ts'

export const describedOf = ({ information }: Pick<KnownDevice, 'information'>): Described => ({
  channels: information?.channels.map(({ id }) => id) ?? [],
  isRecorder: isRecorderType(information?.deviceType ?? ''),
})

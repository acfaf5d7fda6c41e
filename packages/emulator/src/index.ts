// SPDX-License-Identifier: Apache-2.0
/** Cameras and recorders in software: ISAPI and alert stream over HTTP, RTSP, and HMP where a device dials out. */
export { EVILS, type EvilName } from './device/evil.ts'
export { FaultSpecError, type Faults, parseFaults } from './device/fault.ts'
export { writeFirmware } from './device/firmware-image.ts'
export { type ProfileName, profiles } from './device/profile.ts'
export {
  type EmulatedDeviceInfo,
  type Emulator,
  EmulatorError,
  type EmulatorOptions,
  startEmulator,
} from './emulator.ts'
export { MediaError } from './media/read-mp4.ts'

// SPDX-License-Identifier: Apache-2.0
/** True for the device types whose channels are other cameras. */
export const isRecorderType = (deviceType: string): boolean => /(NVR|DVR|XVR|HVR)/i.test(deviceType)

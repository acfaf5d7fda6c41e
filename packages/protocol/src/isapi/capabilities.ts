// SPDX-License-Identifier: Apache-2.0
/** `/ISAPI/System/capabilities`: of its hundreds of leaves, those that decide how a device is spoken to. */
import { booleanAt, numberAt, type XmlElement } from '../xml/element.ts'

export interface DeviceCapabilities {
  /** Analog inputs. An IP camera says 0, and so does a recorder without analog inputs. */
  readonly analogInputs: number
  /** IP channels of a recorder; 0 when the element is missing. */
  readonly ipChannels: number
  readonly alarmInputs: number
  readonly alarmOutputs: number
  readonly audioInputs: number
  readonly audioOutputs: number
  readonly canSubscribeEvents: boolean
  readonly hasSnapshot: boolean
}

export const readCapabilities = (root: XmlElement): DeviceCapabilities => ({
  analogInputs: numberAt(root, 'SysCap/VideoCap/videoInputPortNums') ?? 0,
  ipChannels: numberAt(root, 'RacmCap/inputProxyNums') ?? 0,
  alarmInputs: numberAt(root, 'SysCap/IOCap/IOInputPortNums') ?? 0,
  alarmOutputs: numberAt(root, 'SysCap/IOCap/IOOutputPortNums') ?? 0,
  audioInputs: numberAt(root, 'SysCap/AudioCap/audioInputNums') ?? 0,
  audioOutputs: numberAt(root, 'SysCap/AudioCap/audioOutputNums') ?? 0,
  canSubscribeEvents: booleanAt(root, 'SysCap/isSupportSubscribeEvent') ?? false,
  hasSnapshot: booleanAt(root, 'SysCap/isSupportSnapshot') ?? true,
})

/** More than one input of any kind makes a recorder; a camera has one. */
export const isRecorder = ({ analogInputs, ipChannels }: DeviceCapabilities): boolean => analogInputs + ipChannels > 1

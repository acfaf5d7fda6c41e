// SPDX-License-Identifier: Apache-2.0
/** What a rule does at a device: an output for a while, a camera to a place that it knows. */
import { type IsapiDoor, Ptz, switchOutput } from '@openhmp/client'
import type { Deed } from '@openhmp/contract'
import type { Clock } from '@openhmp/protocol/base'

/** What is done at a device, apart from those who are told. */
export type DeviceDeed = Extract<Deed, { kind: 'output' | 'preset' }>

/** Resolves once the device has done it, or has said that it is on its way. */
export const doAtDevice = async (
  deed: DeviceDeed,
  door: IsapiDoor,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> => {
  if (deed.kind === 'preset') {
    await new Ptz(door, deed.channel).gotoPreset(deed.preset, { signal })
    return
  }
  await switchOutput(door, deed.output, { state: 'pulse', pulseMs: deed.seconds * 1000, clock }, { signal })
}

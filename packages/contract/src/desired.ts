// SPDX-License-Identifier: Apache-2.0
/** Desired state: a file that says what devices should be, the plan of what differs, and what was done about it. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { Job, Rollout } from './job.ts'
import { route } from './route.ts'

/** Longest file, in characters. */
export const MAX_DESIRED_LENGTH = 256 * 1024

const Value = z.unknown().describe('A text, number, truth value or list, as in the file')

/** One thing of a device that is not as the file says. */
export const Difference = z
  .object({
    /** `time`, `stream.main`, `events.motion` ... */
    section: z.string(),
    channel: z.number().int().nullable(),
    field: z.string(),
    /** What the file says. */
    told: Value,
    /** What the device says; null when it says nothing. */
    is: Value,
  })
  .meta({ id: 'Difference' })
export type Difference = z.output<typeof Difference>

/** Something that a device would not tell, or would not take, and why. */
export const SettingProblem = z
  .object({
    section: z.string(),
    channel: z.number().int().nullable(),
    code: z.string(),
    text: z.string(),
  })
  .meta({ id: 'SettingProblem' })
export type SettingProblem = z.output<typeof SettingProblem>

/** What a plan found at one device: the `result` of a device of a `plan` job. */
export const DevicePlan = z
  .object({ differences: z.array(Difference), problems: z.array(SettingProblem), checked: z.number().int() })
  .meta({ id: 'DevicePlan' })
export type DevicePlan = z.output<typeof DevicePlan>

/** What was done at one device: the `result` of a device of an `apply` or `undo` job. */
export const DeviceApplied = z
  .object({
    /** Written, read back, and as told. */
    changed: z.array(Difference),
    /** Written and taken with a yes, but read back otherwise: `is` is what the device made of it. */
    altered: z.array(Difference),
    refused: z.array(SettingProblem),
  })
  .meta({ id: 'DeviceApplied' })
export type DeviceApplied = z.output<typeof DeviceApplied>

/** A fault of the file, and where. */
export const DesiredFault = z
  .object({ line: z.number().int(), column: z.number().int(), path: z.string(), text: z.string() })
  .meta({ id: 'DesiredFault' })
export type DesiredFault = z.output<typeof DesiredFault>

const Text = z.string().max(MAX_DESIRED_LENGTH)

export const Desired = z
  .object({
    /** YAML; empty before anything was wished. */
    text: Text,
    updatedAt: z.iso.datetime().nullable(),
    by: z.string().nullable(),
  })
  .meta({ id: 'Desired' })
export type Desired = z.output<typeof Desired>

export const GetDesired = route({
  method: 'GET',
  path: '/desired',
  needs: 'device.view',
  tag: 'desired state',
  summary: 'The file that says what the devices should be',
  answer: Desired,
})
/** A device that was not as the kept file says when it was last looked at. */
export const DriftedDevice = z
  .object({ device: DeviceId, deviceName: z.string(), checkedAt: z.iso.datetime(), plan: DevicePlan })
  .meta({ id: 'DriftedDevice' })
export type DriftedDevice = z.output<typeof DriftedDevice>

export const ListDrift = route({
  method: 'GET',
  path: '/desired/drift',
  needs: 'device.view',
  tag: 'desired state',
  summary: 'Devices that are not as the kept file says; each is looked at every few hours and after a change',
  answer: z.object({ devices: z.array(DriftedDevice) }),
})
export const PutDesired = route({
  method: 'PUT',
  path: '/desired',
  needs: 'device.configure',
  tag: 'desired state',
  summary: 'Keep another file; nothing is changed at any device',
  body: z.object({ text: Text }),
  answer: Desired,
})
export const CheckDesired = route({
  method: 'POST',
  path: '/desired/check',
  needs: 'device.view',
  tag: 'desired state',
  summary: 'Look for faults in a file, and at how many devices each of its rules means',
  body: z.object({ text: Text }),
  answer: z.object({
    faults: z.array(DesiredFault),
    rules: z.array(z.object({ name: z.string(), devices: z.number().int() })),
  }),
})
const Asked = z.object({
  /** The kept file when left out. */
  text: Text.optional(),
  /** Those that a rule means, when left out. */
  devices: z.array(DeviceId).max(10_000).optional(),
})
export const PlanDesired = route({
  method: 'POST',
  path: '/desired/plan',
  needs: 'device.view',
  tag: 'desired state',
  summary: 'Compare the devices with the file: a job whose results are DevicePlans',
  body: Asked,
  answer: Job,
})
export const ApplyDesired = route({
  method: 'POST',
  path: '/desired/apply',
  needs: 'device.configure',
  tag: 'desired state',
  summary: 'Make the devices what the file of a plan says, in waves: a job whose results are DeviceApplied',
  body: z.object({ plan: z.uuid(), rollout: Rollout.optional() }),
  answer: Job,
})
export const UndoJob = route({
  method: 'POST',
  path: '/jobs/:id/undo',
  needs: 'device.configure',
  tag: 'desired state',
  summary: 'Give the devices back what an apply job changed',
  params: z.object({ id: z.uuid() }),
  answer: Job,
})
export const ExportDesired = route({
  method: 'POST',
  path: '/desired/export',
  needs: 'device.view',
  tag: 'desired state',
  summary: 'Write down what devices are today, as such a file',
  body: z.object({ devices: z.array(DeviceId).min(1).max(100) }),
  answer: z.object({ text: z.string(), problems: z.array(SettingProblem.extend({ device: DeviceId })) }),
})

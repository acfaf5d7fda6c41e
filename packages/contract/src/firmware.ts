// SPDX-License-Identifier: Apache-2.0
/** Firmware: a library of images, and bringing one to devices as a job. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { Job, MAX_JOB_DEVICES, Rollout } from './job.ts'
import { route } from './route.ts'

const Model = z.string().trim().min(1).max(80)

export const Firmware = z
  .object({
    id: z.uuid(),
    name: z.string(),
    /** As devices tell it, without the build: `V5.7.17`. */
    version: z.string(),
    models: z.array(z.string()),
    notes: z.string(),
    sizeBytes: z.number().int(),
    sha256: z.string(),
    addedAt: z.iso.datetime(),
    by: z.string(),
  })
  .meta({ id: 'Firmware' })
export type Firmware = z.output<typeof Firmware>

/** What is said of an image when it is added. */
export const NewFirmware = z.object({
  name: z.string().trim().min(1).max(120),
  version: z.string().trim().min(1).max(60),
  models: z
    .string()
    .max(2000)
    .transform((text) => text.split(','))
    .pipe(z.array(Model).min(1).max(50))
    .describe('Models that it is for, separated by commas'),
  notes: z.string().trim().max(2000).default(''),
})
export type NewFirmware = z.output<typeof NewFirmware>

/** Which devices: those that fit everything that is said, of the models of the image. */
export const FirmwareRollout = z.object({
  devices: z.array(DeviceId).min(1).max(MAX_JOB_DEVICES).optional(),
  tags: z.array(z.string().max(40)).max(30).optional(),
  site: z.string().max(80).optional(),
  rollout: Rollout.optional(),
})
export type FirmwareRollout = z.output<typeof FirmwareRollout>

const params = z.object({ id: z.uuid() })
const tag = 'firmware'

export const ListFirmware = route({
  method: 'GET',
  path: '/firmware',
  needs: 'device.view',
  tag,
  summary: 'The images that are kept here, newest first',
  answer: z.object({ firmware: z.array(Firmware) }),
})
export const AddFirmware = route({
  method: 'POST',
  path: '/firmware',
  needs: 'device.firmware',
  tag,
  summary: 'Keep an image; the body is the file',
  query: NewFirmware,
  takes: 'application/octet-stream',
  answer: Firmware,
})
export const RemoveFirmware = route({
  method: 'DELETE',
  path: '/firmware/:id',
  needs: 'device.firmware',
  tag,
  summary: 'Keep an image no longer',
  params,
})
export const RollOutFirmware = route({
  method: 'POST',
  path: '/firmware/:id/rollout',
  needs: 'device.firmware',
  fresh: true,
  tag,
  summary: 'Bring an image to devices, in waves: a job',
  params,
  body: FirmwareRollout,
  answer: Job,
})

// SPDX-License-Identifier: Apache-2.0
/** Jobs: work on many devices, in waves, that can be followed, paused, cancelled, and goes on after a restart of the server. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { route } from './route.ts'

/** Devices of one job. */
export const MAX_JOB_DEVICES = 10_000

/** `3`: so many devices; `25%`: that share of all. */
export const WaveSize = z.union([
  z.number().int().min(1).max(MAX_JOB_DEVICES),
  z.string().regex(/^(100|[1-9]?\d(\.\d+)?)%$/, 'a number of devices, or a share such as 25%'),
])

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 02:30')

/** When work may begin at a device, in the server's time of day; over midnight when `to` is before `from`. */
export const MaintenanceWindow = z.object({
  /** 0 is Sunday; every day when left out. The day on which the window begins. */
  days: z.array(z.number().int().min(0).max(6)).min(1).optional(),
  from: TimeOfDay,
  to: TimeOfDay,
})
export type MaintenanceWindow = z.output<typeof MaintenanceWindow>

/** How a job goes over its devices. */
export const Rollout = z
  .object({
    /** Sizes of the waves, each on top of those before; the rest goes last. One wave when left out. */
    waves: z.array(WaveSize).min(1).max(20).optional(),
    /** Devices at a time. */
    concurrency: z.number().int().min(1).max(200).optional(),
    /** Of one site at a time. */
    perSite: z.number().int().min(1).max(200).optional(),
    /** Devices of one site that are begun within a minute; those without a site count as one. */
    perSiteMinute: z.number().int().min(1).max(10_000).optional(),
    /** The job pauses when more have failed. */
    maxFailures: z.number().int().min(0).max(MAX_JOB_DEVICES).optional(),
    window: MaintenanceWindow.optional(),
  })
  .meta({ id: 'Rollout' })
export type Rollout = z.output<typeof Rollout>

export const JobCounts = z.object({
  total: z.number().int(),
  waiting: z.number().int(),
  running: z.number().int(),
  done: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int(),
  cancelled: z.number().int(),
})
export type JobCounts = z.output<typeof JobCounts>

export const Job = z
  .object({
    id: z.uuid(),
    /** `plan`, `apply`, `undo` ... */
    kind: z.string(),
    title: z.string(),
    /** paused: by somebody, or at too many failures (`note` says which); failed: ended with failures. */
    state: z.enum(['running', 'paused', 'cancelling', 'done', 'failed', 'cancelled']),
    /** Why it is paused, or what it waits for. */
    note: z.string().nullable(),
    by: z.string(),
    createdAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    counts: JobCounts,
    waves: z.array(
      z.object({
        number: z.number().int(),
        total: z.number().int(),
        ended: z.number().int(),
        failed: z.number().int(),
      }),
    ),
  })
  .meta({ id: 'Job' })
export type Job = z.output<typeof Job>

export const JobDevice = z
  .object({
    device: DeviceId,
    deviceName: z.string(),
    wave: z.number().int(),
    state: z.enum(['waiting', 'running', 'done', 'failed', 'skipped', 'cancelled']),
    /** What is done at this moment. */
    step: z.string().nullable(),
    share: z.number().min(0).max(1),
    text: z.string().nullable(),
    errorCode: z.string().nullable(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    /** What the kind of job gives for a device: of a plan a DevicePlan, of an apply a DeviceApplied. */
    result: z.unknown(),
  })
  .meta({ id: 'JobDevice' })
export type JobDevice = z.output<typeof JobDevice>

const params = z.object({ id: z.uuid() })
const tag = 'jobs'

export const ListJobs = route({
  method: 'GET',
  path: '/jobs',
  needs: 'device.view',
  tag,
  summary: 'Jobs, newest first',
  query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
  answer: z.object({ jobs: z.array(Job) }),
})
export const GetJob = route({
  method: 'GET',
  path: '/jobs/:id',
  needs: 'device.view',
  tag,
  summary: 'One job with its progress',
  params,
  answer: Job,
})
export const ListJobDevices = route({
  method: 'GET',
  path: '/jobs/:id/devices',
  needs: 'device.view',
  tag,
  summary: 'The devices of a job and what became of each',
  params,
  query: z.object({
    state: z.enum(['waiting', 'running', 'done', 'failed', 'skipped', 'cancelled']).optional(),
    after: z.coerce.number().int().min(0).default(0).describe('The `next` of an earlier answer'),
    limit: z.coerce.number().int().min(1).max(1000).default(200),
  }),
  answer: z.object({ devices: z.array(JobDevice), next: z.number().int().nullable() }),
})
export const ListJobLog = route({
  method: 'GET',
  path: '/jobs/:id/log',
  needs: 'device.view',
  tag,
  summary: 'What happened in a job, oldest first',
  params,
  query: z.object({
    device: DeviceId.optional(),
    after: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(1000).default(500),
  }),
  answer: z.object({
    rows: z.array(
      z.object({ sequence: z.number().int(), time: z.iso.datetime(), device: DeviceId.nullable(), text: z.string() }),
    ),
  }),
})
const action = <const P extends string>(path: P, summary: string) =>
  route({ method: 'POST', path, needs: 'device.configure', tag, summary, params, answer: Job })
export const PauseJob = action('/jobs/:id/pause', 'Begin no further device; those at work are finished')
export const ResumeJob = action('/jobs/:id/resume', 'Go on with a paused job')
export const CancelJob = action('/jobs/:id/cancel', 'Stop; devices that were done stay as they are')
export const RetryJob = action('/jobs/:id/retry', 'Do the failed devices again, as a new job')

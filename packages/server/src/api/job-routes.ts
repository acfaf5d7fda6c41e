// SPDX-License-Identifier: Apache-2.0
/** Jobs and the desired state over the API. */
import {
  ApplyDesired,
  CancelJob,
  CheckDesired,
  ExportDesired,
  GetDesired,
  GetJob,
  ListDrift,
  ListJobDevices,
  ListJobLog,
  ListJobs,
  PauseJob,
  PlanDesired,
  PutDesired,
  ResumeJob,
  RetryJob,
  UndoJob,
} from '@openhmp/contract'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import type { Desired } from '../desired/desired.ts'
import type { Jobs } from '../job/jobs.ts'
import { type Call, type Handled, handle } from './handle.ts'

interface Parts {
  readonly jobs: Jobs
  readonly desired: Desired
  readonly audit: Audit
}

const byOf = ({ user, source }: Pick<Call, 'user' | 'source'>) => ({ who: user().name, source })

/** Handlers of the jobs' routes. */
export const jobRoutes = ({ jobs, desired, audit }: Parts): Handled[] => [
  handle(ListJobs, async ({ query, must }) => {
    must(SYSTEM)
    return { jobs: await jobs.list(query.limit) }
  }),
  handle(ListDrift, async ({ must }) => {
    must(SYSTEM)
    return { devices: desired.drifted() }
  }),
  handle(GetJob, async ({ params, must }) => {
    must(SYSTEM)
    return jobs.get(params.id)
  }),
  handle(ListJobDevices, async ({ params, query, must }) => {
    must(SYSTEM)
    return jobs.devices(params.id, query)
  }),
  handle(ListJobLog, async ({ params, query, must }) => {
    must(SYSTEM)
    return jobs.log(params.id, query)
  }),
  handle(PauseJob, async (call) => {
    call.must(SYSTEM)
    return jobs.pause(call.params.id, byOf(call))
  }),
  handle(ResumeJob, async (call) => {
    call.must(SYSTEM, await jobs.needs(call.params.id))
    return jobs.goOn(call.params.id, byOf(call))
  }),
  handle(CancelJob, async (call) => {
    call.must(SYSTEM)
    return jobs.cancel(call.params.id, byOf(call))
  }),
  handle(RetryJob, async (call) => {
    call.must(SYSTEM, await jobs.needs(call.params.id))
    return jobs.retry(call.params.id, byOf(call))
  }),
  handle(GetDesired, async ({ must }) => {
    must(SYSTEM)
    return desired.file()
  }),
  handle(PutDesired, async (call) => {
    call.must(SYSTEM)
    const by = byOf(call)
    const file = await desired.keep(call.body.text, by)
    await audit.record({ ...by, action: 'desired.keep', object: null, outcome: 'done', detail: {} })
    return file
  }),
  handle(CheckDesired, async ({ body, must }) => {
    must(SYSTEM)
    return desired.check(body.text)
  }),
  handle(PlanDesired, async (call) => {
    call.must(SYSTEM)
    return desired.plan(call.body, byOf(call))
  }),
  handle(ApplyDesired, async (call) => {
    call.must(SYSTEM)
    return desired.apply(call.body.plan, call.body.rollout, byOf(call))
  }),
  handle(UndoJob, async (call) => {
    call.must(SYSTEM)
    return desired.undo(call.params.id, byOf(call))
  }),
  handle(ExportDesired, async ({ body, must }) => {
    must(SYSTEM)
    return desired.export(body.devices)
  }),
]

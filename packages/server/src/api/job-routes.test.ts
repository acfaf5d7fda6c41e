// SPDX-License-Identifier: Apache-2.0
/** Who may begin a job again: who may begin one of its kind. */
import { ResumeJob, RetryJob } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import type { Subject } from '../access/can.ts'
import type { Jobs } from '../job/jobs.ts'
import type { Call } from './handle.ts'
import { jobRoutes } from './job-routes.ts'

const bench = (granted: readonly string[]) => {
  const done: string[] = []
  const work = (name: string) => async (id: string) => done.push(`${name} ${id}`)
  const jobs = { needs: async () => 'device.firmware', retry: work('retry'), goOn: work('goOn') } as unknown as Jobs
  const routes = jobRoutes({ jobs, desired: undefined as never, audit: undefined as never })
  const call = {
    ...{ params: { id: 'j1' }, source: 'here', user: () => ({ name: 'kim' }) },
    must: (_: Subject, also?: string) => {
      if (also !== undefined && !granted.includes(also)) throw new Refusal('forbidden', 'forbidden', 'no')
    },
  } as unknown as Call
  return { done, ask: (route: object) => routes.find((one) => one.route === route)!.run(call) }
}

describe('a firmware job', () => {
  it.each([
    ['again', RetryJob, 'retry j1'],
    ['on', ResumeJob, 'goOn j1'],
  ])('goes %s for who may write firmware, and nobody else', async (_, route, deed) => {
    const other = bench(['device.configure'])
    await expect(other.ask(route)).rejects.toMatchObject({ code: 'forbidden' })
    expect(other.done).toEqual([])
    const fit = bench(['device.configure', 'device.firmware'])
    await fit.ask(route)
    expect(fit.done).toEqual([deed])
  })
})

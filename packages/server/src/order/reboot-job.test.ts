// SPDX-License-Identifier: Apache-2.0
import type { Order } from '@openhmp/contract'
import type { Clock } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import type { JobTarget, Task } from '../job/kind.ts'
import type { OrderTarget } from './orders.ts'
import { RebootJob } from './reboot-job.ts'

const device = '6f6f6f6f-1111-4222-8333-444444444444' as Order['device']
const order = (id: string, state: Order['state'], text: string | null = null): Order => ({
  ...{ id, device, deviceName: 'Gate', kind: 'reboot', state, by: 'ada', text },
  ...{ createdAt: new Date(0).toISOString(), endedAt: null },
})

/** Runs the work on one device; `given` is what an earlier run of the server ordered. */
const run = async (options: { memo?: { since: number }; given?: Order; ends: Order['state']; isGone?: boolean }) => {
  const done: string[] = []
  const job = new RebootJob({
    clock: { now: () => 5000 } as Clock,
    orders: {
      since: async (_, fromMs) => {
        done.push(`looked from ${fromMs}`)
        return options.given
      },
      reboot: async () => {
        done.push('ordered')
        return order('new', 'queued')
      },
      ended: async (id) => order(id, options.ends, 'back after 9 s'),
    },
    target: () => (options.isGone ? undefined : ({ id: device } as unknown as OrderTarget)),
  })
  const task: Task<{ since: number }> = {
    signal: new AbortController().signal,
    memo: options.memo,
    remember: async ({ since }) => void done.push(`remembered ${since}`),
    progress: () => {},
    log: (text) => void done.push(text),
  }
  const result = job.run({ known: { id: device } } as unknown as JobTarget, { who: 'ada', source: 'here' }, task)
  return { done, result: await result.catch((error: Error) => error.message) }
}

describe('a job that reboots', () => {
  it('remembers before it orders, and waits for the return', async () => {
    expect(await run({ ends: 'done' })).toEqual({
      done: ['remembered 5000', 'ordered', 'back after 9 s'],
      result: { order: 'new' },
    })
  })
  it('follows the order that an earlier run of the server gave', async () => {
    expect(await run({ memo: { since: 4000 }, given: order('old', 'waiting'), ends: 'done' })).toEqual({
      done: ['looked from 4000', 'back after 9 s'],
      result: { order: 'old' },
    })
  })
  it('orders when the earlier run had not come to it', async () => {
    expect((await run({ memo: { since: 4000 }, ends: 'done' })).done).toContain('ordered')
  })
  it('has failed when the device did not come back, or was removed', async () => {
    expect((await run({ ends: 'failed' })).result).toBe('back after 9 s')
    expect((await run({ ends: 'done', isGone: true })).result).toBe('the device was removed')
  })
})

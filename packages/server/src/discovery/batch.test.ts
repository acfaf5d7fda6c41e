// SPDX-License-Identifier: Apache-2.0
import { Defect, LinkError, PeerError } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import { type BatchItem, workOnMany } from './batch.ts'

const item = (host: string, more: Partial<BatchItem> = {}): BatchItem => ({
  ...{ address: host, host, port: 80, userName: 'admin', password: 'secret' },
  ...more,
})
const never = (error: unknown) => expect.unreachable(String(error))

describe('work on many devices', () => {
  it('tells of each how it went, in order, few at a time', async () => {
    let [now, most] = [0, 0]
    const items = Array.from({ length: 100 }, (_, i) => item(`10.0.0.${i}`))
    const outcomes = await workOnMany(
      items,
      async ({ address }) => {
        most = Math.max(most, ++now)
        await new Promise((resolve) => setImmediate(resolve))
        now--
        if (address.endsWith('7')) throw new LinkError('link.timeout', 'no answer')
        return address
      },
      never,
    )
    expect(most).toBe(16)
    expect(outcomes.map(({ value, problem }) => value ?? problem.code)).toEqual(
      items.map(({ address }) => (address.endsWith('7') ? 'link.timeout' : address)),
    )
  })

  it('never tries an account twice where it was refused, and another one only after that', async () => {
    const tried: string[] = []
    let now = 0
    const outcomes = await workOnMany(
      [
        item('cam', { address: 'cam' }),
        item('CAM', { address: 'http://cam', port: 80 }),
        item('cam', { address: 'cam:8080', port: 8080 }),
        item('cam', { password: 'right' }),
        item('other'),
      ],
      async ({ address, host, password }) => {
        tried.push(address)
        if (host !== 'other') expect(++now).toBe(1)
        await new Promise((resolve) => setImmediate(resolve))
        if (host !== 'other') now--
        if (password === 'secret' && host !== 'other')
          throw new PeerError('isapi.unauthorized', 'wrong', { status: 401, retry: 'after-login' })
        return address
      },
      never,
    )
    expect(tried.toSorted()).toEqual(['cam', 'cam', 'other'])
    expect(outcomes.map(({ value, problem }) => value ?? problem.code)).toEqual([
      ...['isapi.unauthorized', 'batch.refused-before', 'batch.refused-before', 'cam', 'other'],
    ])
  })

  it('goes on when the fault is ours, and says so to us', async () => {
    const ours: unknown[] = []
    const outcomes = await workOnMany(
      [item('a'), item('b')],
      async ({ host }) => {
        if (host === 'a') throw new Defect('oh')
        return host
      },
      (error) => ours.push(error),
    )
    expect(ours).toHaveLength(1)
    expect(outcomes).toMatchObject([{ problem: { code: 'defect' } }, { value: 'b' }])
  })
})

// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PlacedCamera } from '@openhmp/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Store } from '../store/store.ts'
import { MAX_PLAN_BYTES, MAX_PLANS, Plans } from './plans.ts'

const stack = new AsyncDisposableStack()
const dataDir = mkdtempSync(join(tmpdir(), 'hmp-plans-'))
const folder = join(dataDir, 'plans')
const head = Buffer.from('89504e470d0a1a0a0000000d494844520000032000000258', 'hex')
const camera = { device: '6f6f6f6f-1111-4222-8333-444444444444', channel: 2, x: 0.25, y: 0.5, direction: 90, angle: 70 }
const cameras = [camera as PlacedCamera]
let store: Store
let plans: Plans

async function* sent(...parts: Buffer[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

beforeAll(async () => {
  stack.defer(() => rmSync(dataDir, { recursive: true }))
  store = stack.use(await Store.open({ dataDir, now: () => 1, onCrash: () => {} }))
  plans = await Plans.open({ store, dataDir })
})
afterAll(() => stack.disposeAsync())

describe('floor plans', () => {
  it('are kept with their picture and their cameras, and leave nothing when removed', async () => {
    const added = await plans.add({ name: 'Hall' }, sent(head.subarray(0, 5), head.subarray(5)))
    expect(added).toMatchObject({ name: 'Hall', site: null, width: 800, height: 600, cameras: [], edition: 1 })
    const changed = await plans.change(added.id, { edition: 1, name: 'Great hall', site: 'North', cameras })
    expect(changed).toMatchObject({ name: 'Great hall', site: 'North', cameras, edition: 2 })
    const again = await Plans.open({ store, dataDir })
    expect(await again.list()).toEqual([changed])
    expect(await again.picture(added.id)).toEqual({ bytes: head, type: 'image/png' })
    await plans.remove(added.id)
    expect(readdirSync(folder)).toEqual([])
    for (const asked of [plans.get(added.id), plans.picture(added.id), plans.remove(added.id)])
      await expect(asked).rejects.toMatchObject({ code: 'plan.unknown' })
  })

  it('are not overwritten by who has not seen the last change', async () => {
    const { id } = await plans.add({ name: 'Yard' }, sent(head))
    const change = (name: string) => plans.change(id, { edition: 1, name, site: null, cameras })
    const both = await Promise.allSettled([change('Ann'), change('Ben')])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'plan.changed' } })
    expect((await plans.get(id)).edition).toBe(2)
    await plans.remove(id)
  })

  it('leave nothing of what is too large, no picture, or cut off', async () => {
    const large = plans.add({ name: 'x' }, sent(head, Buffer.alloc(MAX_PLAN_BYTES)))
    await expect(large).rejects.toMatchObject({ code: 'plan.large' })
    await expect(plans.add({ name: 'x' }, sent(Buffer.from('GIF89a')))).rejects.toMatchObject({ code: 'plan.picture' })
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield head
      throw new Error('aborted')
    }
    await expect(plans.add({ name: 'x' }, cut())).rejects.toThrow('aborted')
    expect([await plans.list(), readdirSync(folder)]).toEqual([[], []])
  })

  it('are so many and no more', async () => {
    const row = { site: null, width: 1, height: 1, type: 'image/png', camerasJson: '[]', edition: 1 } as const
    const many = Array.from({ length: MAX_PLANS }, (_, i) => ({ ...row, id: String(i), name: 'x' }))
    await store.db.insertInto('plan').values(many).execute()
    await expect(plans.add({ name: 'x' }, sent(head))).rejects.toMatchObject({ code: 'plan.many' })
    await store.db.deleteFrom('plan').execute()
  })

  it('begin without what a crash left half written', async () => {
    writeFileSync(join(folder, 'x.part'), 'half')
    await Plans.open({ store, dataDir })
    expect(readdirSync(folder)).toEqual([])
  })
})

// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@openhmp/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Store } from '../store/store.ts'
import { Library } from './library.ts'

const stack = new AsyncDisposableStack()
const dataDir = mkdtempSync(join(tmpdir(), 'hmp-firmware-'))
const folder = join(dataDir, 'firmware')
const said = { name: 'Summer', version: 'V2.0.0', models: ['A'], notes: '' }
let store: Store
let library: Library

async function* bytes(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part)
}

beforeAll(async () => {
  stack.defer(() => rmSync(dataDir, { recursive: true }))
  store = stack.use(await Store.open({ dataDir, now: () => 1, onCrash: () => {} }))
  library = await Library.open({ store, clock: systemClock, dataDir, maxBytes: 10 })
})
afterAll(() => stack.disposeAsync())

describe('the library of firmware', () => {
  it('keeps an image and gives it back', async () => {
    const { id, sizeBytes, sha256 } = await library.add(said, bytes('abc', 'def'), 'anna')
    expect(sizeBytes).toBe(6)
    expect(readdirSync(folder)).toEqual([sha256])
    const image = await library.image(id)
    const got: Uint8Array[] = []
    for await (const part of image.open()) got.push(part)
    expect(Buffer.concat(got).toString()).toBe('abcdef')
    const same = await library.add({ ...said, name: 'Again' }, bytes('abcdef'), 'anna')
    await library.remove(id)
    expect(readdirSync(folder)).toEqual([sha256]) // the other one still needs it
    await library.remove(same.id)
    expect(readdirSync(folder)).toEqual([])
    await expect(library.image(id)).rejects.toMatchObject({ code: 'firmware.unknown' })
  })

  it('leaves nothing of an image that is too large, empty, or cut', async () => {
    await expect(library.add(said, bytes('12345', '678901'), 'anna')).rejects.toMatchObject({ code: 'firmware.large' })
    await expect(library.add(said, bytes(), 'anna')).rejects.toMatchObject({ code: 'firmware.empty' })
    async function* cut(error: Error): AsyncGenerator<Uint8Array> {
      yield Buffer.from('abc')
      throw error
    }
    await expect(library.add(said, cut(new Error('aborted')), 'anna')).rejects.toThrow('aborted')
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    await expect(library.add(said, cut(full), 'anna')).rejects.toMatchObject({ code: 'firmware.disk-full' })
    expect(readdirSync(folder)).toEqual([])
    expect(await library.list()).toEqual([])
  })

  it('takes no more than it can list', async () => {
    const ids: string[] = []
    for (let i = 0; i < 200; i++) ids.push((await library.add(said, bytes(`${i}`), 'anna')).id)
    await expect(library.add(said, bytes('x'), 'anna')).rejects.toMatchObject({ code: 'firmware.many' })
    for (const id of ids) await library.remove(id)
  })

  it('keeps what a job needs', async () => {
    const { id } = await library.add(said, bytes('abc'), 'anna')
    const row = { title: 'Job', state: 'running' as const, note: null, by: 'anna', createdAt: 1, rolloutJson: '{}' }
    const job = { id: 'j', kind: 'firmware', specJson: JSON.stringify({ firmware: id }), endedAt: null, ...row }
    await store.db.insertInto('job').values(job).execute()
    await expect(library.remove(id)).rejects.toMatchObject({ code: 'firmware.in-use' })
    await store.db.updateTable('job').set({ endedAt: 2 }).execute()
    await library.remove(id)
  })

  it('throws away what a crash left half written', async () => {
    writeFileSync(join(folder, 'x.part'), 'half')
    await Library.open({ store, clock: systemClock, dataDir })
    expect(readdirSync(folder)).toEqual([])
  })
})

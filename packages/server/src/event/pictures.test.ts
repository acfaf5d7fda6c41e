// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Store } from '../store/store.ts'
import { MAX_SNAPSHOTS, Pictures, SNAPSHOTS_A_SECOND, SNAPSHOTS_TOGETHER } from './pictures.ts'

const stack = new AsyncDisposableStack()
const dataDir = mkdtempSync(join(tmpdir(), 'hmp-pictures-'))
let clock: VirtualClock
let pictures: Pictures
let asked = 0
let answer = Promise.resolve(new Uint8Array())
let number = 0

beforeAll(async () => {
  stack.defer(() => rmSync(dataDir, { recursive: true }))
  const store = stack.use(await Store.open({ dataDir, now: () => 1, onCrash: () => {} }))
  clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  const snapshot = () => {
    asked++
    return answer
  }
  pictures = stack.use(await Pictures.open({ store, clock, snapshot }))
})
afterAll(() => stack.disposeAsync())

/** Events of as many cameras, one after the other or all at once. */
const flood = async (count: number, isAtOnce: boolean): Promise<number> => {
  asked = 0
  for (let i = 0; i < count; i++) {
    const event = String(number++)
    pictures.take({ event, device: event, channel: 1, given: undefined }, async () => {})
    if (!isAtOnce) await pictures.awaited(event)
  }
  return asked
}

it('asks for the first pictures of a flood, and then for so many a second', async () => {
  expect(await flood(300, false)).toBe(SNAPSHOTS_TOGETHER)
  await clock.advance(500)
  expect(await flood(300, false)).toBe(SNAPSHOTS_A_SECOND / 2)
})

it('asks a few cameras at a time', async () => {
  await clock.advance(10_000)
  const { promise, resolve } = Promise.withResolvers<Uint8Array<ArrayBuffer>>()
  answer = promise
  expect(await flood(30, true)).toBe(MAX_SNAPSHOTS)
  resolve(new Uint8Array())
})

// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LinkError, PeerError, Refusal } from '@openhmp/protocol/base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Audit } from '../audit/audit.ts'
import { Store } from '../store/store.ts'
import { Orders, type OrderTarget, RETURN_MS } from './orders.ts'

/** A device that counts its seconds, goes when told, and comes back after a while. */
class Device {
  readonly keys: string[] = []
  readonly absences: boolean[] = []
  tellsUptime = true
  awayMs = 5000
  refusal: Error | undefined
  #startedAt: number
  #backAt = 0
  readonly #clock: VirtualClock
  constructor(clock: VirtualClock) {
    this.#clock = clock
    this.#startedAt = clock.now() - 10_000
  }
  readonly target: OrderTarget = {
    id: 'd',
    name: 'Gate',
    canReboot: () => {},
    reboot: async (key) => {
      if (this.refusal) throw this.refusal
      this.keys.push(key)
      this.#backAt = this.#clock.now() + this.awayMs
      this.#startedAt = this.#backAt - 1000
    },
    uptime: async () => {
      if (this.#clock.now() < this.#backAt) throw new LinkError('link.refused', 'nothing listens there')
      return this.tellsUptime ? Math.floor((this.#clock.now() - this.#startedAt) / 1000) : undefined
    },
    expectAbsence: (isExpected) => this.absences.push(isExpected),
  }
}

const by = { who: 'Ada', source: 's' }
let dataDir: string
let store: Store
let clock: VirtualClock
let audit: Audit
let device: Device
let told: string[]
const running: Orders[] = []
const errors: unknown[] = []

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-orders-'))
  clock = new VirtualClock({ isBusy: () => store.pendingJobs > 0 })
  store = await Store.open({ dataDir, now: clock.now, onCrash: () => {} })
  audit = await Audit.open(store, clock.now)
  device = new Device(clock)
  told = []
})
afterEach(async () => {
  for (const orders of running.splice(0)) await orders[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
  expect(errors).toEqual([])
})
const open = (): Orders => {
  const orders = new Orders({
    store,
    audit,
    clock,
    publish: ({ state }) => told.push(state),
    target: (id) => (id === 'd' ? device.target : undefined),
    onError: (error) => errors.push(error),
  })
  running.push(orders)
  return orders
}
/** Lets time pass until the order has ended, or the time is over. */
const pass = async (orders: Orders, ms: number) => {
  for (let left = ms; left > 0; left -= 500) {
    await clock.advance(500)
    const [order] = await orders.list({ limit: 1 })
    if (order?.endedAt) return order
  }
  return (await orders.list({ limit: 1 }))[0]!
}

describe('a reboot', () => {
  it.each([true, false])('is done when the device is back; it tells its uptime: %s', async (tells) => {
    device.tellsUptime = tells
    const orders = open()
    await orders.reboot(device.target, by)
    const order = await pass(orders, 20_000)
    expect(order).toMatchObject({ state: 'done', by: 'Ada', text: expect.stringMatching(/^back after [56] s$/) })
    expect(told).toEqual(['queued', 'sent', 'waiting', 'done'])
    expect(device.absences).toEqual([true, false])
    const actions = (await audit.list({ limit: 9 })).map(({ action, outcome }) => `${action} ${outcome}`)
    expect(actions).toEqual(['reboot.result done', 'device.reboot done'])
  })

  it('is not done while the device only stays deaf to it', async () => {
    device.awayMs = -60_000 // answers all the time, with an uptime that goes on
    const orders = open()
    await orders.reboot({ ...device.target, reboot: async () => {} }, by)
    await clock.advance(20_000)
    expect(await orders.list({ limit: 1 })).toMatchObject([{ state: 'waiting' }])
  })

  it('is one however often it is asked for', async () => {
    const orders = open()
    const several = await Promise.all([1, 2, 3].map(() => orders.reboot(device.target, by)))
    expect(new Set(several.map(({ id }) => id)).size).toBe(1)
    await pass(orders, 20_000)
    expect(device.keys).toHaveLength(1)
  })

  it('fails with what the device said', async () => {
    device.refusal = new PeerError('device.refused', 'the device answered 403', { status: 403, retry: 'never' })
    const orders = open()
    await orders.reboot(device.target, by)
    expect(await pass(orders, 5000)).toMatchObject({ state: 'failed', text: 'the device answered 403' })
  })

  it('fails when the device does not come back', async () => {
    device.awayMs = RETURN_MS * 2
    const orders = open()
    await orders.reboot(device.target, by)
    expect(await pass(orders, RETURN_MS + 10_000)).toMatchObject({ state: 'failed', text: 'not back after 10 minutes' })
  })

  it('goes on after a restart of the server, without a second reboot', async () => {
    const first = open()
    await first.reboot(device.target, by)
    await clock.advance(1500)
    await first[Symbol.asyncDispose]()
    expect(await first.list({ limit: 1 })).toMatchObject([{ state: 'waiting' }])
    await clock.advance(2000)
    const second = open()
    await second.resume()
    expect(await pass(second, 20_000)).toMatchObject({ state: 'done' })
    expect(device.keys).toHaveLength(1)
  })

  it.each([
    ['is away', 1],
    ['is there as before', 0],
  ])('that may have gone out before a crash is not sent again when the device %s', async (_, sentBefore) => {
    const row = {
      id: crypto.randomUUID(),
      deviceId: 'd',
      deviceName: 'Gate',
      kind: 'reboot',
      state: 'queued',
      by: 'Ada',
    } as const
    const times = { createdAt: clock.now(), sentAt: null, endedAt: null, text: null, uptimeBefore: null }
    await store.db
      .insertInto('command')
      .values({ ...row, ...times })
      .execute()
    if (sentBefore) await device.target.reboot(row.id, AbortSignal.timeout(1000))
    await clock.advance(1000)
    const orders = open()
    await orders.resume()
    expect(await pass(orders, 20_000)).toMatchObject({ state: 'done' })
    expect(device.keys).toEqual([row.id])
  })

  it('is refused where it cannot be', async () => {
    const canReboot = () => {
      throw new Refusal('conflict', 'order.unsupported', 'no')
    }
    await expect(open().reboot({ ...device.target, canReboot }, by)).rejects.toMatchObject({
      code: 'order.unsupported',
    })
  })
})

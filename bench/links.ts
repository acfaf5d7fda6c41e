// SPDX-License-Identifier: Apache-2.0
/**
 * Idle HMP links by certificate: memory of the CMS for each, how soon so many are back after it was started again, and what a page
 * waits for its list of devices meanwhile. All dial from one address, so at most 20 are let in at a time. `node bench/links.ts [idle] [back]`, 2,000 and 500 when left out.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { dialHmp, type Enrolled, enrolLink, systemClock } from '@openhmp/client'
import type { HmpSession, IncomingRequest } from '@openhmp/protocol/session'
import { signIn } from '../tools/product/api.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { sample } from './measure.ts'

const ABREAST = 10
const SETTLE_MS = 5000
const ASK_MS = 20
const [idle = 2000, back = 500] = process.argv.slice(2).map(Number)
const say = (name: string, value: string) => console.log(`${name.padEnd(52)} ${value}`)

const answer = async ({ target }: IncomingRequest, { identity }: Enrolled) => {
  if (target !== '/HMP/devices') return { status: 404 }
  const body = JSON.stringify({ devices: [{ id: identity, state: 'online', channels: [] }] })
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: new TextEncoder().encode(body) }
}

const dial = (held: Enrolled, { port }: Product): Promise<HmpSession> =>
  dialHmp({
    ...{ url: `hmps://127.0.0.1:${port}`, caFingerprint: held.caFingerprint, identity: held.identity },
    ...{
      role: 'device',
      software: 'bench',
      certificate: held,
      clock: systemClock,
      signal: AbortSignal.timeout(60_000),
    },
    onRequest: (request) => answer(request, held),
  })

/** As devices do: a random time below a limit that doubles from 2 s. */
const dialUntilIn = async (held: Enrolled, product: Product): Promise<HmpSession> => {
  for (let limitMs = 2000; ; limitMs = Math.min(2 * limitMs, 60_000)) {
    await sleep(Math.random() * limitMs)
    try {
      return await dial(held, product)
    } catch {
      // full, or not there yet: later
    }
  }
}

const abreast = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const done: R[] = []
  const queue = [...items]
  const one = async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) done.push(await work(item))
  }
  await Promise.all(Array.from({ length: ABREAST }, one))
  return done
}

const product = await startProduct()
let again: Product | undefined
try {
  const api = await signIn(product)
  const join = async (): Promise<Enrolled> => {
    const { token } = await api.post<{ token: string }>('/links/tokens', { address: `127.0.0.1:${product.port}` })
    return enrolLink(token, { role: 'device', signal: AbortSignal.timeout(30_000) })
  }
  const joinedFrom = performance.now()
  const held = await abreast(
    Array.from({ length: idle }, (_, i) => i),
    join,
  )
  say(`${idle} joined by token`, `${((performance.now() - joinedFrom) / 1000).toFixed(1)} s`)
  await sleep(SETTLE_MS)
  const before = sample(product.child.pid!)
  const sessions = await abreast(held, (one) => dial(one, product))
  await sleep(SETTLE_MS)
  const after = sample(product.child.pid!)
  const open = sessions.filter(({ state }) => state === 'open').length
  say(`memory for each of ${open} idle links`, `${((after.rssBytes - before.rssBytes) / open / 1000).toFixed(0)} kB`)
  await sleep(SETTLE_MS)
  const later = sample(product.child.pid!)
  const share = (later.cpuSeconds - after.cpuSeconds) / ((later.atMs - after.atMs) / 1000)
  say(`CPU while ${open} links are idle`, `${(share * 100).toFixed(1)} % of a core`)
  for (const session of sessions) session.close('shutdown')
  await product.kill('SIGTERM')
  again = await startProduct({}, product)
  const running = again
  const pages = await signIn(running)
  const begun = performance.now()
  const waits: number[] = []
  let isBack = false
  const asking = (async () => {
    while (!isBack) {
      const from = performance.now()
      await pages.get('/devices?streams=none')
      waits.push(performance.now() - from)
      await sleep(ASK_MS)
    }
  })()
  const returned = await Promise.all(held.slice(0, back).map((one) => dialUntilIn(one, running)))
  say(`${returned.length} back after a restart`, `${((performance.now() - begun) / 1000).toFixed(1)} s`)
  isBack = true
  await asking
  const p99 = waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? 0
  say(`list of devices meanwhile, p99 of ${waits.length}`, `${p99.toFixed(0)} ms`)
  for (const session of returned) session.close('shutdown')
} finally {
  await (again ?? product)[Symbol.asyncDispose]()
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Events into a store: `node bench/event-ingest.ts [events a second]`, two thousand when left out, for ten seconds, then ten
 * thousand at once; from a hundred devices, each event an occurrence of its own, with a rule that means one of ten. Prints how long it
 * takes until each is on the disk and told.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DeviceEvent } from '@openhmp/protocol/event'
import { systemClock } from '../packages/client/src/clock.ts'
import { Events } from '../packages/server/src/event/events.ts'
import type { Origin } from '../packages/server/src/event/origin.ts'
import { Pictures } from '../packages/server/src/event/pictures.ts'
import { Store } from '../packages/server/src/store/store.ts'

const rate = Number(process.argv[2] ?? 2000)
const SECONDS = 10
const BURST = 10_000
const DEVICES = 100
const TURN_MS = 10

const dataDir = mkdtempSync(join(tmpdir(), 'hmp-bench-'))
const fail = (error: unknown) => console.error(error)
const clock = systemClock
const store = await Store.open({ dataDir, now: () => clock.now(), onCrash: fail })
const pictures = await Pictures.open({ store, clock, snapshot: async () => new Uint8Array([0xff, 0xd8, 0xff]) })
let told = 0
const publish = () => {
  told++
}
const events = await Events.open({ store, clock, pictures, publish, onError: fail })
const origins = Array.from(
  { length: DEVICES },
  (_, i): Origin => ({
    id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    name: `Gate ${i}`,
    channelName: () => 'Yard',
  }),
)
let number = 0
const take = async (into: number[]): Promise<void> => {
  const i = number++
  const alert = { kind: 'alarmInput', type: 'IO', state: 'active', isHeartbeat: false, channel: 1, input: i } as const
  const event: DeviceEvent = { ...alert, targets: [], pictures: 0, isRetransmission: false, timeMs: clock.now() }
  const fromMs = performance.now()
  await events.take(origins[i % DEVICES]!, event, [new Uint8Array([0xff, 0xd8, 0xff, 0xd9])], `bench|${i}`)
  into.push(performance.now() - fromMs)
}
const spread = (values: readonly number[]): string => {
  const sorted = values.toSorted((a, b) => a - b)
  return [0.5, 0.99, 1]
    .map((share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1))
    .join(' / ')
}

console.log('| events | durable after, p50 / p99 / most ms | stored | told | RSS MB |')
console.log('|---|---|---|---|---|')
const report = (name: string, waits: readonly number[]) => {
  const { stored } = events.counters
  console.log(`| ${[name, spread(waits), stored, told, (process.memoryUsage.rss() / 1e6).toFixed(0)].join(' | ')} |`)
}
const steady: number[] = []
const taking: Promise<void>[] = []
const startMs = performance.now()
while (performance.now() - startMs < SECONDS * 1000) {
  const due = Math.floor(((performance.now() - startMs) / 1000) * rate)
  while (number < due) taking.push(take(steady))
  await sleep(TURN_MS)
}
await Promise.all(taking)
report(`${rate} a second`, steady)
const burst: number[] = []
await Promise.all(Array.from({ length: BURST }, () => take(burst)))
report(`${BURST} at once`, burst)
await events[Symbol.asyncDispose]()
await pictures[Symbol.asyncDispose]()
await store[Symbol.asyncDispose]()
rmSync(dataDir, { recursive: true })

// SPDX-License-Identifier: Apache-2.0
/**
 * A fleet beside its emulators on one machine: so many cameras of `hmp emulate` in one process are added to the product
 * through its API; then until each is online and its health known, and until a plan has compared each with a file.
 * `node bench/fleet.ts [devices]`, 1000 when left out.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, signIn } from '../tools/product/api.ts'
import { startProduct } from '../tools/product/start.ts'
import { sample } from './measure.ts'
import { here, type Running, start } from './programs.ts'

const PASSWORD = 'a device password 7'
/** Devices that are added at the same time. */
const ABREAST = 32
const FILE = `rules:
  - settings:
      ntp: {host: ntp.example, intervalMinutes: 60}
      time: {mode: NTP, timeZone: 'CET-1:00:00'}
      stream: {main: {frameRate: 12.5, bitrateKbps: 2048}}
`

interface Listed {
  readonly devices: { readonly state: { readonly state: string }; readonly health: object | null }[]
}
interface Job {
  readonly id: string
  readonly endedAt: string | null
  readonly counts: { readonly done: number; readonly failed: number }
}

const count = Number(process.argv[2] ?? 1000)
const rows: string[][] = []

/** Times a phase, with the CPU of both sides in it. */
const phase = async <T>(name: string, pids: readonly [number, number], work: () => Promise<T>): Promise<T> => {
  const before = pids.map(sample)
  const result = await work()
  const after = pids.map(sample)
  const cpu = (i: number) => (after[i]!.cpuSeconds - before[i]!.cpuSeconds).toFixed(1)
  const rss = (i: number) => (after[i]!.rssBytes / 1e6).toFixed(0)
  const seconds = ((after[0]!.atMs - before[0]!.atMs) / 1000).toFixed(1)
  rows.push([name, seconds, cpu(0), cpu(1), rss(0), rss(1)])
  console.error(`${name}: ${seconds} s`)
  return result
}

const until = async (isDone: () => Promise<boolean>): Promise<void> => {
  while (!(await isDone())) await sleep(250)
}

const addAll = async (api: Api, urls: readonly string[]): Promise<void> => {
  const waiting = [...urls]
  const add = async () => {
    for (let address = waiting.pop(); address !== undefined; address = waiting.pop())
      await api.post('/devices', { kind: 'isapi', address, userName: 'admin', password: PASSWORD })
  }
  await Promise.all(Array.from({ length: ABREAST }, add))
}

const emulate = async (): Promise<{ emulator: Running; urls: string[] }> => {
  const ports = ['--http-port', '0', '--rtsp-port', '0']
  const hmp = `${here}/../packages/cli/bin/hmp.mjs`
  const emulator = start(process.execPath, [hmp, 'emulate', '--cameras', count, ...ports, '--json'], {
    HMP_DEVICE_PASSWORD: PASSWORD,
  })
  const urls: string[] = []
  emulator.onJson(({ httpUrl }) => urls.push(String(httpUrl)))
  const ended = once(emulator.child, 'close').then(() => {
    throw new Error('the emulator ended; BENCH_VERBOSE=1 shows why')
  })
  await Promise.race([ended, until(async () => urls.length === count)])
  ended.catch(() => {})
  return { emulator, urls }
}

const startedMs = performance.now()
const { emulator, urls } = await emulate()
console.error(`${count} cameras emulated in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
await using product = await startProduct({ HMP_ALLOW_LOOPBACK: '1' })
const api = await signIn(product)
const pids = [product.child.pid ?? 0, emulator.pid] as const
await phase('inventory: added, online, health known', pids, async () => {
  await addAll(api, urls)
  await until(async () => {
    const { devices } = await api.get<Listed>('/devices')
    return devices.every(({ state, health }) => state.state === 'online' && health !== null)
  })
})
await phase('plan: compared with a file', pids, async () => {
  const { id } = await api.post<Job>('/desired/plan', { text: FILE })
  await until(async () => (await api.get<Job>(`/jobs/${id}`)).endedAt !== null)
  const { counts } = await api.get<Job>(`/jobs/${id}`)
  if (counts.done !== count) throw new Error(`${counts.done} of ${count} compared, ${counts.failed} failed`)
})
await phase('ten seconds of rest', pids, () => sleep(10_000))
await emulator.stop()

console.log(`\n${count} devices, one server process, one emulator process`)
console.log('| phase | s | CPU s server | CPU s emulator | RSS MB server | RSS MB emulator |')
console.log('|---|---|---|---|---|---|')
for (const row of rows) console.log(`| ${row.join(' | ')} |`)

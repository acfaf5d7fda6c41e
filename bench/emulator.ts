// SPDX-License-Identifier: Apache-2.0
/**
 * What a fleet of emulated devices costs: cameras of all firmware in one process, started, left alone, asked, listened to,
 * written to, flashed and started again with what they kept. `node bench/emulator.ts [cameras]`, 1000 when left out.
 */
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { changeResource, IsapiClient, uploadFirmware } from '@openhmp/client'
import { profiles, writeFirmware } from '@openhmp/emulator'
import { ntpResource } from '@openhmp/protocol/isapi'
import { realClock } from '../tools/testing/real-clock.ts'
import { sample } from './measure.ts'
import { here, type Running, start } from './programs.ts'

const PASSWORD = 'a device pw 7'
/** Devices that are asked at the same time. */
const ABREAST = 64
const REST_MS = 10_000

const clock = realClock()
const count = Number(process.argv[2] ?? 1000)
const folder = mkdtempSync(join(tmpdir(), 'hmp-fleet-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const rows: string[][] = []

const row = (name: string, emulator: Running, before: ReturnType<typeof sample>): void => {
  const after = sample(emulator.pid)
  const seconds = (after.atMs - before.atMs) / 1000
  const cpu = after.cpuSeconds - before.cpuSeconds
  rows.push([name, seconds.toFixed(1), cpu.toFixed(2), (after.rssBytes / 1e6).toFixed(0)])
  console.error(`${name}: ${seconds.toFixed(1)} s, ${cpu.toFixed(2)} s of CPU, ${(after.rssBytes / 1e6).toFixed(0)} MB`)
}
const phase = async (name: string, emulator: Running, work: () => Promise<unknown>): Promise<void> => {
  const before = sample(emulator.pid)
  await work()
  row(name, emulator, before)
}

const emulate = async (name: string): Promise<{ emulator: Running; urls: string[] }> => {
  const ports = ['--http-port', '0', '--rtsp-port', '0', '--profile', 'mixed', '--state', folder]
  const hmp = `${here}/../packages/cli/bin/hmp.mjs`
  const more = ['--fault', 'flash=2s,reboot=1s', '--json']
  const before = { atMs: performance.now(), cpuSeconds: 0, rssBytes: 0 }
  const emulator = start(process.execPath, [hmp, 'emulate', '--cameras', count, ...ports, ...more], {
    HMP_DEVICE_PASSWORD: PASSWORD,
  })
  const urls: string[] = []
  await new Promise<void>((resolve, reject) => {
    once(emulator.child, 'close').then(() => reject(new Error('the emulator ended; BENCH_VERBOSE=1 shows why')), reject)
    emulator.onJson(({ httpUrl }) => {
      if (urls.push(String(httpUrl)) === count) resolve()
    })
  })
  row(name, emulator, before)
  return { emulator, urls }
}

const clientOf = (address: string): IsapiClient =>
  new IsapiClient({
    address,
    credentials: { username: 'admin', password: PASSWORD },
    clock,
    allowBasic: true,
  })

const withAll = async (urls: readonly string[], work: (client: IsapiClient, i: number) => Promise<unknown>) => {
  const waiting = [...urls.entries()]
  const one = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      await using client = clientOf(next[1])
      await work(client, next[0])
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, one))
}

const listenToAll = async (urls: readonly string[]): Promise<void> => {
  const ending = new AbortController()
  const clients = urls.map(clientOf)
  let alerts = 0
  const listening = clients.map(async (client) => {
    const stream = await client.stream('/ISAPI/Event/notification/alertStream', { signal: ending.signal })
    for await (const chunk of stream.chunks) if (chunk.length > 0) alerts++
  })
  await sleep(REST_MS)
  ending.abort()
  await Promise.allSettled(listening)
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
  console.error(`${alerts} pieces of alert streams`)
}

const models = [...new Set(Object.values(profiles).map(({ model }) => model))]
const facts = { models, version: 'V9.9.1', releasedDate: 'build 261101', language: 'EN', sizeBytes: 1024 * 1024 }
const image = [...writeFirmware(facts)]
const upload = {
  sizeBytes: image.reduce((sum, piece) => sum + piece.length, 0),
  async *open() {
    yield* image
  },
}

const first = await emulate('start')
await phase('ten seconds of rest', first.emulator, () => sleep(REST_MS))
await phase('deviceInfo of each', first.emulator, () => withAll(first.urls, (client) => client.deviceInfo()))
await phase('ten seconds of alert streams of each', first.emulator, () => listenToAll(first.urls))
await phase('NTP server of each changed', first.emulator, () =>
  withAll(first.urls, (client) => changeResource(client, ntpResource, { host: 'ntp.example' })),
)
await phase('firmware of 1 MiB to each', first.emulator, () =>
  withAll(first.urls, (client) => uploadFirmware(client, upload)),
)
await first.emulator.stop()
console.error(`${readdirSync(folder).length} files of state`)
const second = await emulate('start with what they kept')
await second.emulator.stop()

console.log(`\n${count} cameras of ${Object.keys(profiles).length - 1} kinds of firmware in one process`)
console.log('| phase | s | CPU s | RSS MB after |\n|---|---|---|---|')
for (const cells of rows) console.log(`| ${cells.join(' | ')} |`)
process.exit(0)

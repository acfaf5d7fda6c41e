// SPDX-License-Identifier: Apache-2.0
/**
 * Firmware rolled out by the product over emulated devices of all kinds, a fifth of which go wrong: one, 5 %, 25 %, all.
 * `node bench/firmware.ts [devices]`, 50 when left out. Ends with what the job says, and what the devices say.
 */
import { request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { IsapiClient } from '@openhmp/client'
import type { Firmware, Job, JobDevice } from '@openhmp/contract'
import { profiles, startEmulator, writeFirmware } from '@openhmp/emulator'
import { type Api, signIn } from '../tools/product/api.ts'
import { type Product, startProduct } from '../tools/product/start.ts'
import { realClock } from '../tools/testing/real-clock.ts'

const PASSWORD = 'a device pw 7'
const VERSION = 'V9.9.1'
const SIZE = 4 * 1024 * 1024
const faults = ['flash-refused', 'flash-fails', 'flash-dud', 'lock']

const count = Number(process.argv[2] ?? 50)
const clock = realClock()
const models = [...new Set(Object.values(profiles).map(({ model }) => model))]

/** Every fifth device goes wrong, in one of four ways (one that never comes back would keep the job for ten minutes). */
const faultOf = (i: number): string | undefined => (i % 5 === 3 ? faults[Math.floor(i / 5) % faults.length] : undefined)

const addImage = ({ url }: Product, { cookie }: Api): Promise<Firmware> =>
  new Promise((resolve, reject) => {
    const facts = { models, version: VERSION, releasedDate: 'build 261101', language: 'EN', sizeBytes: SIZE }
    const query = new URLSearchParams({ name: 'bench', version: VERSION, models: models.join(',') })
    const headers = { origin: url, cookie, 'content-type': 'application/octet-stream' }
    const asked = request(
      `${url}/api/v1/firmware?${query}`,
      { method: 'POST', headers, rejectUnauthorized: false },
      async (answer) => {
        const text = Buffer.concat(await answer.toArray()).toString()
        if (answer.statusCode === 200) resolve(JSON.parse(text) as Firmware)
        else reject(new Error(`the image: ${answer.statusCode} ${text}`))
      },
    )
    asked.on('error', reject)
    for (const piece of writeFirmware(facts)) asked.write(piece)
    asked.end()
  })

const wrong = Array.from({ length: count }, (_, i) => faultOf(i)).flatMap((fault, i) =>
  fault ? [`${i}:${fault}`] : [],
)
await using emulator = await startEmulator({
  ...{ cameras: count, recorders: 0, httpPort: 0, rtspPort: 0, user: 'admin', password: PASSWORD, profile: 'mixed' },
  fault: ['flash=5s', 'reboot=5s', ...wrong.filter((one) => !one.endsWith(':lock'))].join(','),
  clock,
})
await using product = await startProduct({ HMP_ALLOW_LOOPBACK: '1' })
const api = await signIn(product)
const ids: string[] = []
for (const { httpUrl: address } of emulator.devices) {
  const { device } = await api.post<{ device: { id: string } }>('/devices', {
    ...{ kind: 'isapi', address, userName: 'admin', password: PASSWORD },
  })
  ids.push(device.id)
}
console.error(`${count} devices added`)
const image = await addImage(product, api)
// Somebody else locks some accounts meanwhile.
for (const [i] of ids.entries())
  if (faultOf(i) === 'lock') for (let n = 0; n < 7; n++) emulator.device(i).loginResult('admin', false)
const startedMs = performance.now()
const { id } = await api.post<Job>(`/firmware/${image.id}/rollout`, {
  devices: ids,
  rollout: { waves: [1, '5%', '25%', '100%'], concurrency: 16, maxFailures: count },
})
for (;;) {
  await sleep(1000)
  const { endedAt, counts, state } = await api.get<Job>(`/jobs/${id}`)
  if (process.env['BENCH_VERBOSE']) console.error(state, JSON.stringify(counts))
  if (endedAt !== null || state === 'paused') break
}
const job = await api.get<Job>(`/jobs/${id}`)
console.log(
  `${job.state} after ${((performance.now() - startedMs) / 1000).toFixed(0)} s: ${JSON.stringify(job.counts)}`,
)
const { devices } = await api.get<{ devices: JobDevice[] }>(`/jobs/${id}/devices?limit=1000`)
const told = new Map<string, JobDevice>(devices.map((one) => [one.device, one]))
const rows = new Map<string, number>()
for (const [i, device] of ids.entries()) {
  const { state, errorCode } = told.get(device)!
  const { flashes, flash } = emulator.device(i)
  const shown = flash.firmware.version === VERSION ? 'new' : 'old'
  const row = `| ${faultOf(i) ?? 'good'} | ${state} | ${errorCode ?? ''} | ${shown} | ${flashes} |`
  rows.set(row, (rows.get(row) ?? 0) + 1)
}
console.log('| device | the job says | because | version | flashed | how many |\n|---|---|---|---|---|---|')
for (const [row, n] of [...rows].sort()) console.log(`${row} ${n} |`)
// What a device says over the wire is what it is.
const address = emulator.devices[0]!.httpUrl
await using client = new IsapiClient({ address, credentials: { username: 'admin', password: PASSWORD }, clock })
console.log(`device 0 says ${(await client.deviceInfo()).firmwareVersion}`)

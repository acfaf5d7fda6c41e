// SPDX-License-Identifier: Apache-2.0
/**
 * A process that does firmware jobs and nothing else, to be killed: the real store, engine and work, in hurried time.
 * Arguments: data folder, the image, its version and models, password and ports of the devices. Says `ready`, and at the end what became of each device, as JSON.
 */
import { createReadStream, statSync } from 'node:fs'
import { IsapiClient, systemClock } from '@openhmp/client'
import type { Clock } from '@openhmp/protocol/base'
import { Audit } from '../src/audit/audit.ts'
import { FirmwareJob } from '../src/firmware/firmware-job.ts'
import { Jobs } from '../src/job/jobs.ts'
import type { JobTarget } from '../src/job/kind.ts'
import { Store } from '../src/store/store.ts'

const [dataDir = '', imagePath = '', version = '', modelsText = '', password = '', portsText = ''] =
  process.argv.slice(2)
const ports = portsText.split(',')
const models = modelsText.split(',')
/** Seconds pass twenty times as fast, but for what the network takes. */
const HURRY = 20
const clock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * HURRY,
  sleep: (ms, options) => systemClock.sleep(ms / HURRY, options),
}
const fail = (error: unknown) => {
  process.stderr.write(`${String(error)}\n`)
}
const store = await Store.open({ dataDir, now: () => clock.now(), onCrash: fail })
const audit = await Audit.open(store, () => clock.now())
const doors = new Map(
  ports.map((port) => {
    const options = { credentials: { username: 'admin', password }, clock: systemClock }
    return [`device-${port}`, new IsapiClient({ address: `127.0.0.1:${port}`, ...options })]
  }),
)
const jobs = new Jobs({
  ...{ store, audit, clock, onError: fail, publish: () => {}, isGroupThere: () => true },
  target: (id) => ({ known: { id, site: null, group: null }, door: doors.get(id)! }) as unknown as JobTarget,
})
jobs.register(
  new FirmwareJob({
    clock,
    image: async (id) => ({
      ...{ id, version, models, sizeBytes: statSync(imagePath).size },
      async *open() {
        for await (const piece of createReadStream(imagePath, { highWaterMark: 4096 }) as AsyncIterable<Uint8Array>) {
          await systemClock.sleep(2)
          yield piece
        }
      },
    }),
    expectAbsence: () => {},
    reboot: (id, signal) => doors.get(id)!.reboot({ signal }),
    isAlive: async (id, signal) => models.includes((await doors.get(id)!.deviceInfo({ signal })).model),
  }),
)
await jobs.resume()
const by = { who: 'anna', source: 'test' }
const [known] = await jobs.list(1)
const { id } =
  known ??
  (await jobs.start({
    ...{ kind: 'firmware', title: version, spec: { firmware: 'x' }, by },
    devices: [...doors.keys()].map((device) => ({ id: device, name: device })),
    rollout: { waves: [1, '20%', '100%'], concurrency: 8 },
  }))
process.stdout.write('ready\n')
while ((await jobs.get(id)).endedAt === null) await systemClock.sleep(20)
const { devices } = await jobs.devices(id, { state: undefined, after: 0, limit: 1000 })
process.stdout.write(`${JSON.stringify({ job: await jobs.get(id), devices })}\n`)
await jobs[Symbol.asyncDispose]()
for (const door of doors.values()) await door[Symbol.asyncDispose]()
await store[Symbol.asyncDispose]()

// SPDX-License-Identifier: Apache-2.0
/**
 * A process that gives devices new passwords and nothing else, to be killed: the real store, fleet, engine and work.
 * Arguments: data folder, the password that the devices have at first, their addresses, after how many steps the process kills itself
 * (0: never), and whether right before that step or right after. A step is what changes something on the disk or at a device. At the end
 * it says what became of each device, as JSON, once all of them are online.
 */
import { doorOver, type IsapiDoor, systemClock } from '@openhmp/client'
import { PasswordJob } from '../src/account/password-job.ts'
import { Audit } from '../src/audit/audit.ts'
import { Fleet } from '../src/fleet/fleet.ts'
import type { Gear } from '../src/fleet/gear.ts'
import { IsapiGear } from '../src/fleet/isapi-gear.ts'
import { Jobs } from '../src/job/jobs.ts'
import { Sealer } from '../src/secret/sealer.ts'
import { Store } from '../src/store/store.ts'

const [dataDir = '', password = '', addresses = '', killAt = '0', when = 'before'] = process.argv.slice(2)
const clock = systemClock
const fail = (error: unknown) => {
  process.stderr.write(`${String(error)}\n`)
}
let steps = 0
const step = async <T>(act: () => Promise<T>): Promise<T> => {
  const isLast = ++steps === Number(killAt)
  if (isLast && when === 'before') process.kill(process.pid, 'SIGKILL')
  const made = act()
  // What is sent is out, and its answer is never read.
  if (isLast && when === 'during') setTimeout(() => process.kill(process.pid, 'SIGKILL'), 3)
  const got = await made
  if (isLast) process.kill(process.pid, 'SIGKILL')
  return got
}
const stepping = (gear: Gear): Gear => {
  const door = gear.door as IsapiDoor
  const hooked = doorOver(door.name, ({ method, path, body }, options) => {
    if (method === 'GET') return door.get(path, options)
    return step(() => door.put(path, body, options))
  })
  const { learned } = gear
  const uptime = (signal: AbortSignal) => gear.uptime(signal)
  const end = () => gear[Symbol.asyncDispose]()
  return { door: hooked, learned, uptime, [Symbol.asyncDispose]: end } as Partial<Gear> as Gear
}

const store = await Store.open({ dataDir, now: () => clock.now(), onCrash: fail })
const audit = await Audit.open(store, () => clock.now())
const sealer = new Sealer(new Uint8Array(32).fill(7))
const nothing = async () => {}
const fleet = await Fleet.open({
  ...{ store, sealer, clock, allowLoopback: true, caFingerprint: '', publish: () => {}, onError: fail },
  makeGear: (device) => new IsapiGear(device, { clock, random: Math.random, allowLoopback: true }),
  ...{ onEvent: nothing, onEventsLost: nothing, onHearing: nothing, onGone: nothing },
})
if (fleet.count === 0)
  for (const address of addresses.split(','))
    await fleet.add({ kind: 'isapi', address, userName: 'admin', password }, { isDemo: false })
const jobs = new Jobs({
  ...{ store, audit, clock, onError: fail, publish: () => {}, isGroupThere: () => true },
  target: (id) => fleet.jobTarget(id),
})
jobs.register(
  new PasswordJob({
    ...{ sealer, clock, onChanged: async () => {} },
    fleet: {
      settled: (id, signal) => fleet.settled(id, signal),
      changing: (id, work) =>
        fleet.changing(id, (change) =>
          work({
            get known() {
              return change.known
            },
            keep: (some) => step(() => change.keep(some)),
            open: (as) => stepping(change.open(as)),
          }),
        ),
    },
  }),
)
await jobs.resume()
const [known] = await jobs.list(1)
const by = { who: 'anna', source: 'test' }
const { id } =
  known ??
  (await jobs.start({
    ...{ kind: 'password', title: 'x', spec: {}, by, devices: fleet.list() },
    rollout: { concurrency: 1 },
  }))
while ((await jobs.get(id)).endedAt === null) await clock.sleep(10)
while (fleet.list().some(({ state }) => state.state !== 'online')) await clock.sleep(10)
const { devices } = await jobs.devices(id, { state: undefined, after: 0, limit: 1000 })
const passwords = [...fleet.all()].map((one) => [one.address, one.secret?.reveal(), one.nextSecret === undefined])
process.stdout.write(`${JSON.stringify({ devices, passwords })}\n`)
await jobs[Symbol.asyncDispose]()
await fleet[Symbol.asyncDispose]()
await store[Symbol.asyncDispose]()

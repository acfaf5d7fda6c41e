// SPDX-License-Identifier: Apache-2.0
/**
 * Events through kills of the server, cuts of the network and a clock that is set. The devices keep a history. A device over
 * HMP keeps what nobody confirmed: each of its events is stored, and once. An alert stream keeps nothing: what it told in
 * vain lies within a time that is told as a gap, and is found in the device's own log, once. A rule tells what was stored.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Event, Gap } from '@openhmp/contract'
import { expect, it } from 'vitest'
import { type Api, signIn } from '../../../tools/product/api.ts'
import { freePort, type Product } from '../../../tools/product/start.ts'
import { systemClock } from '../src/index.ts'
import { Cable } from './cable.ts'
import { account, emulate } from './emulated.ts'
import { makePlace, PASSWORD, until } from './harness.ts'

/** `HMP_KILLS=100` for the long run, which prints what it came to. */
const KILLS = Number(process.env['HMP_KILLS'] ?? 3)
/** From one event of a device to the next: a device keeps 2000 alerts, and is away for most of a long run. */
const EVERY_MS = KILLS > 10 ? 500 : 40
/** How many inputs take turns. */
const INPUTS = 500
/** How far the server's clock is ahead, one after the other; of none to the next by a turn of the inputs, 20 s or 250 s. */
const CLOCKS = [47_000, -27_000, 0]
/** What was on its way when the stream broke was raised a moment before it. */
const SLACK_MS = 300

interface Page {
  readonly events: Event[]
  readonly next: string | null
}

/** Takes every message: which ids each event came under. */
class Receiver implements AsyncDisposable {
  readonly got = new Map<string, Set<string>>()
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8')
      request.on('error', () => {}) // killed while it spoke
      request.on('data', (part: string) => {
        body += part
      })
      request.on('end', () => {
        const { id, event } = JSON.parse(body) as { id: string; event: Event }
        this.got.set(event.id, (this.got.get(event.id) ?? new Set()).add(id))
        response.writeHead(204).end()
      })
    })
  }

  static async open(): Promise<Receiver> {
    const receiver = new Receiver()
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve))
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

it(
  'events through kills, cuts and clocks: none that was confirmed is lost, none is there twice, what was missed is told',
  async () => {
    using place = makePlace()
    const port = await freePort()
    const url = `https://127.0.0.1:${port}`
    let server: ChildProcess | undefined
    let aheadMs = 0
    const start = async (): Promise<void> => {
      const script = join(import.meta.dirname, 'event-server.ts')
      const args = [script, place.dataDir, place.keyFile, String(port), PASSWORD, String(aheadMs)]
      server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
      await once(server.stdout!, 'data')
    }
    const kill = async (): Promise<void> => {
      const ended = once(server!, 'close')
      server!.kill('SIGKILL')
      await ended
    }
    const setClock = async (ms: number): Promise<void> => {
      const answered = once(server!, 'message')
      server!.send(ms)
      await answered
      aheadMs = ms
    }
    const api = (): Promise<Api> => signIn({ url, password: PASSWORD } as Product)
    const stored = async (query: string): Promise<Event[]> => {
      const all: Event[] = []
      const asking = await api()
      let more = ''
      do {
        const page: Page = await asking.get(`/events?${query}&limit=500${more}`)
        all.push(...page.events)
        more = page.next === null ? '' : `&before=${page.next}`
      } while (more !== '')
      return all
    }
    const gapsNow = async () => (await (await api()).get<{ gaps: Gap[] }>('/gaps?limit=500')).gaps
    try {
      await start()
      const first = await api()
      const added = await first.post<{ token: string }>('/devices', { kind: 'hmp' })
      await using plain = await emulate()
      await using toPlain = await Cable.to(Number(new URL(plain.devices[0]!.httpUrl).port))
      const address = `http://127.0.0.1:${toPlain.port}`
      const { device } = await first.post<{ device: { id: string } }>('/devices', {
        kind: 'isapi',
        address,
        ...account,
      })
      await using toServer = await Cable.to(port)
      const hmp = { url: `hmps://127.0.0.1:${toServer.port}`, tokens: [added.token] }
      await using dialling = await emulate({ hmp })
      await until(
        async () =>
          (await first.get<{ devices: { state: { state: string } }[] }>('/devices')).devices.every(
            ({ state }) => state.state === 'online',
          ),
        15_000,
        'both devices',
      )

      await using receiver = await Receiver.open()
      const way = { kind: 'webhook', url: receiver.url }
      const { target } = await first.post<{ target: { id: string } }>('/targets', { name: 'Receiver', way })
      const deeds = [{ kind: 'tell', target: target.id }]
      await first.post('/rules', { name: 'All', when: { kinds: ['alarmInput'] }, deeds })

      /** When each was raised, by the clock of the server as it was then. */
      const raisedMs: number[] = []
      const raising = setInterval(() => {
        const i = raisedMs.length
        raisedMs.push(Date.now() + aheadMs)
        for (const [emulator, way] of [
          [plain, 'stream'],
          [dialling, 'kept'],
        ] as const) {
          const alarm = { type: 'IO', channel: 1, input: (i % INPUTS) + 1, description: `${way} ${i}.` } as const
          emulator.raise(0, { ...alarm, state: 'active' })
          emulator.raise(0, { ...alarm, state: 'inactive' })
        }
      }, EVERY_MS)
      let cuts = 0
      let jumps = 0
      for (let i = 0; i < KILLS; i++) {
        await systemClock.sleep(700 + ((i * 331) % 900))
        if (i % 2 === 0) {
          for (const cable of [toPlain, toServer]) cable.pull()
          await systemClock.sleep(200 + ((i * 97) % 500))
          for (const cable of [toPlain, toServer]) {
            cable.cut()
            cable.plugIn()
          }
          cuts++
          await systemClock.sleep(300)
        }
        if (i % 2 === 1) {
          await setClock(CLOCKS[jumps++ % CLOCKS.length]!)
          await systemClock.sleep(1500) // it has been noticed
        }
        await kill()
        await systemClock.sleep((i * 173) % 700)
        await start()
      }
      await systemClock.sleep(2500)
      clearInterval(raising)
      const count = raisedMs.length
      const every = Array.from({ length: count }, (_, i) => i)
      const numbers = (events: readonly Event[]) =>
        events.map(({ description }) => Number(/(\d+)\.$/.exec(description ?? '')![1])).toSorted((a, b) => a - b)

      await until(
        async () => (await stored('text=kept%20')).length >= count,
        60_000 + KILLS * 1000,
        'all that was kept',
      )
      expect(numbers(await stored('text=kept%20'))).toEqual(every)

      const heard = numbers(await stored('text=stream%20'))
      expect(new Set(heard).size).toBe(heard.length)
      expect(heard.length).toBeGreaterThan(10)
      const gaps = await gapsNow()
      expect(gaps.length).toBeGreaterThanOrEqual(KILLS)
      expect(gaps.every(({ to }) => to !== null)).toBe(true)
      const known = new Set(heard)
      const missed = raisedMs.filter((_, i) => !known.has(i))
      expect(missed.length).toBeGreaterThan(0)
      const untold = missed.filter(
        (ms) => !gaps.some(({ from, to }) => ms >= Date.parse(from) - SLACK_MS && ms <= Date.parse(to!) + SLACK_MS),
      )
      expect(untold).toEqual([])

      // The device wrote down what nobody heard: with that, each is stored, and once.
      const isFilled = async () => (await gapsNow()).every(({ fill }) => fill?.state === 'filled')
      await until(isFilled, 60_000 + KILLS * 4000, 'all gaps to be filled')
      const all = await stored(`device=${device.id}&kind=alarmInput`)
      const found = all.filter(({ source }) => source === 'log')
      if (KILLS > 10) {
        const seconds = gaps.reduce((sum, { from, to }) => sum + (Date.parse(to!) - Date.parse(from)) / 1000, 0)
        process.stdout.write(
          `${KILLS} kills, ${cuts} cuts, ${jumps} clocks set; ${count} events of each device. HMP: ${count} stored once. ` +
            `Alert stream: ${heard.length} heard, ${missed.length} missed, ${untold.length} of them outside of ` +
            `${gaps.length} gaps (${Math.round(seconds)} s); ${found.length} found in the log, ${all.length} in all.\n`,
        )
      }
      expect({ found: found.length, all: all.length }).toEqual({ found: missed.length, all: count })

      // Rules: whatever was stored as it happened is told, each event under one id however often it came.
      const told = [...all.filter(({ source }) => source !== 'log'), ...(await stored('text=kept%20'))]
      const untoldNow = () => told.filter(({ id }) => !receiver.got.has(id)).length
      await until(() => untoldNow() === 0, 60_000, 'all that is to be told')
      expect([...receiver.got.values()].filter((ids) => ids.size !== 1)).toEqual([])
    } finally {
      server?.kill('SIGKILL')
    }
  },
  180_000 + KILLS * 15_000,
)

// SPDX-License-Identifier: Apache-2.0
/**
 * Events through kills of the server. A device over HMP keeps what nobody confirmed: each of its events is stored, and
 * once. An alert stream keeps nothing: what is not stored lies within a time that is told as a gap.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Event, Gap } from '@openhmp/contract'
import { expect, it } from 'vitest'
import { type Api, signIn } from '../../../tools/product/api.ts'
import { freePort, type Product } from '../../../tools/product/start.ts'
import { systemClock } from '../src/index.ts'
import { account, emulate } from './emulated.ts'
import { makePlace, PASSWORD, until } from './harness.ts'

/** `HMP_KILLS=100` for the long run. */
const KILLS = Number(process.env['HMP_KILLS'] ?? 4)
/** From one event of a device to the next, and how many inputs take turns: each has a second of its own. */
const EVERY_MS = 25
const INPUTS = 60
interface Page {
  readonly events: Event[]
  readonly next: string | null
}

it(
  'events through kills: none that was confirmed is lost, none is there twice, and what was missed is told',
  async () => {
    using place = makePlace()
    const port = await freePort()
    const url = `https://127.0.0.1:${port}`
    let server: ChildProcess | undefined
    const start = async (): Promise<void> => {
      const args = [join(import.meta.dirname, 'event-server.ts'), place.dataDir, place.keyFile, String(port), PASSWORD]
      server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(server.stdout!, 'data')
    }
    const kill = async (): Promise<void> => {
      const ended = once(server!, 'close')
      server!.kill('SIGKILL')
      await ended
    }
    const api = (): Promise<Api> => signIn({ url, password: PASSWORD } as Product)
    const stored = async (text: string): Promise<Event[]> => {
      const all: Event[] = []
      const asking = await api()
      let more = ''
      do {
        const page: Page = await asking.get(`/events?text=${text}&limit=500${more}`)
        all.push(...page.events)
        more = page.next === null ? '' : `&before=${page.next}`
      } while (more !== '')
      return all
    }
    try {
      await start()
      const first = await api()
      const added = await first.post<{ token: string }>('/devices', { kind: 'hmp' })
      await using plain = await emulate()
      const address = plain.devices[0]!.httpUrl
      await first.post('/devices', { kind: 'isapi', address, ...account })
      await using dialling = await emulate({ hmp: { url: `hmps://127.0.0.1:${port}`, tokens: [added.token] } })
      await until(
        async () =>
          (await first.get<{ devices: { state: { state: string } }[] }>('/devices')).devices.every(
            ({ state }) => state.state === 'online',
          ),
        15_000,
        'both devices',
      )

      const raisedMs: number[] = []
      const raising = setInterval(() => {
        const i = raisedMs.length
        raisedMs.push(Date.now())
        for (const [emulator, way] of [
          [plain, 'stream'],
          [dialling, 'kept'],
        ] as const) {
          const alarm = { type: 'IO', channel: 1, input: (i % INPUTS) + 1, description: `${way} ${i}.` } as const
          emulator.raise(0, { ...alarm, state: 'active' })
          emulator.raise(0, { ...alarm, state: 'inactive' })
        }
      }, EVERY_MS)
      for (let i = 0; i < KILLS; i++) {
        await systemClock.sleep(700 + ((i * 331) % 900))
        await kill()
        await systemClock.sleep((i * 173) % 700)
        await start()
      }
      await systemClock.sleep(2500)
      clearInterval(raising)
      const count = raisedMs.length
      const numbers = (events: readonly Event[]) =>
        events.map(({ description }) => Number(/(\d+)\.$/.exec(description ?? '')![1])).toSorted((a, b) => a - b)

      await until(async () => (await stored('kept ')).length >= count, 30_000, 'all that was kept')
      expect(numbers(await stored('kept '))).toEqual(Array.from({ length: count }, (_, i) => i))

      const heard = numbers(await stored('stream '))
      expect(new Set(heard).size).toBe(heard.length)
      expect(heard.length).toBeGreaterThan(10)
      const { gaps } = await (await api()).get<{ gaps: Gap[] }>('/gaps?limit=500')
      expect(gaps.length).toBeGreaterThanOrEqual(KILLS)
      expect(gaps.every(({ to }) => to !== null)).toBe(true)
      const missed = raisedMs.filter((_, i) => !heard.includes(i))
      expect(missed.length).toBeGreaterThan(0)
      // What was on its way when the stream broke was raised a moment before it.
      const slackMs = 300
      const untold = missed.filter(
        (ms) => !gaps.some(({ from, to }) => ms >= Date.parse(from) - slackMs && ms <= Date.parse(to!) + slackMs),
      )
      expect(untold).toEqual([])
    } finally {
      server?.kill('SIGKILL')
    }
  },
  90_000 + KILLS * 10_000,
)

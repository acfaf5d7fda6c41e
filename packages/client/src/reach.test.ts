// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:net'
import { Refusal } from '@openhmp/protocol/base'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from './clock.ts'
import type { Reach } from './reach.ts'
import { openSocket } from './socket.ts'

/** What the name means, one answer for each time that it is asked for. */
const answers: string[][] = []
vi.mock('node:dns', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:dns')>()),
  lookup: (_host: string, _options: unknown, done: (error: null, found: unknown) => void) =>
    done(
      null,
      (answers.shift() ?? []).map((address) => ({ address, family: 4 })),
    ),
}))

const reach: Reach = (address) => {
  if (address === '127.0.0.2') throw new Refusal('invalid', 'address.forbidden', `${address} is not to be called`)
}
afterEach(() => void answers.splice(0))

const listening = async () => {
  let calls = 0
  const server = createServer((socket) => {
    calls++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    calls: () => calls,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

describe('what may be called', () => {
  it('is judged at every connection: a name that means another host by now gains nothing', async () => {
    await using server = await listening()
    const open = () => {
      const { port } = server
      return openSocket({ host: 'camera.test', port, clock: systemClock, signal: new AbortController().signal, reach })
    }
    answers.push(['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1', '127.0.0.2'])
    const first = await open()
    first.on('error', () => {}).destroy()
    await expect(open()).rejects.toMatchObject({ code: 'address.forbidden' })
    await expect(open()).rejects.toMatchObject({ code: 'address.forbidden' })
    expect(answers).toEqual([]) // each connection asked once
    await vi.waitFor(() => expect(server.calls()).toBe(1), { timeout: 10_000 })
  })

  it('is judged for addresses that need no look-up', async () => {
    await using server = await listening()
    const { port } = server
    const { signal } = new AbortController()
    const opening = openSocket({ host: '127.0.0.2', port, clock: systemClock, signal, reach })
    await expect(opening).rejects.toMatchObject({ code: 'address.forbidden' })
    expect(server.calls()).toBe(0)
  })
})

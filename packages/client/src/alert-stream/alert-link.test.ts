// SPDX-License-Identifier: Apache-2.0
import { LinkError, PeerError, utf8 } from '@openhmp/protocol/base'
import { type AlertInit, type DeviceEvent, formatAlert } from '@openhmp/protocol/event'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { AlertLink, type AlertSource } from './alert-link.ts'
import type { AlertStreamState } from './options.ts'

const frame = {
  namespace: 'http://www.hikvision.com/ver20/XMLSchema',
  version: '2.0',
  ipAddress: '192.0.2.1',
  portNo: 80,
}
const alert = (more: Partial<AlertInit> = {}): Uint8Array => {
  const time = '2026-11-23T08:00:00+08:00'
  const init = { type: 'VMD', state: 'active', time, count: 1, description: 'Motion', channel: 1, ...more } as const
  const xml = formatAlert(init, frame)
  return utf8(`--boundary\r\nContent-Type: application/xml\r\nContent-Length: ${utf8(xml).length}\r\n\r\n${xml}\r\n`)
}
const heartbeat = () => alert({ type: 'videoloss', state: 'inactive', count: 0 })
const jpeg = (mark: number): Uint8Array => {
  const head = utf8('--boundary\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\n')
  return new Uint8Array([...head, 0xff, 0xd8, mark, 0xff, 0xd9, 13, 10])
}

/** A device that sends what the test says. */
class FakeDevice implements AlertSource {
  opened = 0
  checks = 0
  disposed = 0
  refusal: Error | undefined
  checkFailure: Error | undefined
  #wake = Promise.withResolvers<void>()
  #queue: (Uint8Array | Error | 'end')[] = []

  send(...what: (Uint8Array | Error | 'end')[]): void {
    this.#queue.push(...what)
    this.#wake.resolve()
  }

  async open(signal: AbortSignal) {
    this.opened++
    if (this.refusal) throw this.refusal
    this.#queue = []
    const device = this
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (;;) {
        const next = device.#queue.shift()
        if (next === 'end') return
        if (next instanceof Error) throw next
        if (next) {
          yield next
          continue
        }
        device.#wake = Promise.withResolvers()
        const aborted = new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        })
        await Promise.race([device.#wake.promise, aborted])
      }
    }
    return {
      contentType: 'multipart/mixed; boundary=boundary',
      chunks: chunks(),
      [Symbol.asyncDispose]: async () => void this.disposed++,
    }
  }

  async check(): Promise<void> {
    this.checks++
    if (this.checkFailure) throw this.checkFailure
  }
}

const open = (random = () => 1) => {
  const clock = new VirtualClock()
  const device = new FakeDevice()
  const events: string[] = []
  const seen: DeviceEvent[] = []
  const states: AlertStreamState[] = []
  const unknown: string[][] = []
  const link = new AlertLink(device, {
    clock,
    random,
    onEvent: (event, pictures, isInferred) => {
      seen.push(event)
      events.push(
        `${event.kind} ${event.state} ${event.channel}${pictures.length > 0 ? ` +${pictures.length}` : ''}${isInferred ? ' inferred' : ''}`,
      )
    },
    onState: (state) => states.push(state),
    onUnknown: (lost) => unknown.push(lost.map(({ kind, channel }) => `${kind} ${channel}`)),
  })
  return { clock, device, events, seen, states, unknown, link }
}

describe('AlertLink', () => {
  it('gives each alert, with its state, and no heartbeats', async () => {
    const { clock, device, events, states, link } = open()
    await clock.advance(0)
    device.send(heartbeat(), alert(), alert(), alert({ state: 'inactive' }))
    await clock.advance(0)
    expect(events).toEqual(['motion active 1', 'motion active 1', 'motion inactive 1'])
    expect(states.map(({ kind }) => kind)).toEqual(['connecting', 'open'])
    expect(link.stats).toMatchObject({ connections: 1, alerts: 3, heartbeats: 1 })
    await link[Symbol.asyncDispose]()
    await link[Symbol.asyncDispose]()
    expect(device.disposed).toBe(1)
  })

  it('tells what a callback throws, whenever it does, as the cause of a loss', async () => {
    for (const isInferredOnly of [false, true]) {
      const clock = new VirtualClock()
      const device = new FakeDevice()
      const states: AlertStreamState[] = []
      const link = new AlertLink(device, {
        clock,
        random: () => 1,
        onEvent: (_event, _pictures, isInferred) => {
          if (isInferred || !isInferredOnly) throw new Error('broken callback')
        },
        onState: (state) => states.push(state),
      })
      await clock.advance(0)
      device.send(alert())
      await clock.advance(31_000)
      expect(states.find(({ kind }) => kind === 'lost')).toMatchObject({ cause: new Error('broken callback') })
      await link[Symbol.asyncDispose]()
    }
  })

  it('ends an event whose repeats stop: after three periods, and at least five seconds', async () => {
    const { clock, device, events, link } = open()
    await clock.advance(0)
    for (let i = 0; i < 4; i++) {
      device.send(alert(), alert({ type: 'linedetection', channel: 2 }))
      await clock.advance(1000)
    }
    const before = events.length
    await clock.advance(3000)
    expect(events.length).toBe(before)
    await clock.advance(2000)
    expect(events.slice(before)).toEqual(['motion inactive 1 inferred', 'lineCrossing inactive 2 inferred'])
    for (let i = 0; i < 3; i++) {
      device.send(alert({ type: 'regionEntrance' }))
      await clock.advance(4000)
    }
    const then = events.length
    await clock.advance(7000)
    expect(events.length).toBe(then)
    await clock.advance(1500)
    expect(events.at(-1)).toBe('regionEntrance inactive 1 inferred')
    await link[Symbol.asyncDispose]()
  })

  it('waits longer for an event that was never repeated', async () => {
    const { clock, device, events, link } = open()
    await clock.advance(0)
    device.send(alert())
    await clock.advance(29_000)
    expect(events).toEqual(['motion active 1'])
    await clock.advance(2000)
    expect(events).toEqual(['motion active 1', 'motion inactive 1 inferred'])
    await link[Symbol.asyncDispose]()
  })

  it('tells what nobody knows any more when the stream is lost, and is back within a second', async () => {
    const { clock, device, events, states, unknown, link } = open()
    await clock.advance(0)
    device.send(
      alert(),
      alert({ type: 'IO', input: 2 }),
      alert({ channel: 3 }),
      alert({ channel: 3, state: 'inactive' }),
    )
    await clock.advance(10)
    device.send(new LinkError('link.reset', 'gone'))
    await clock.advance(0)
    expect(unknown).toEqual([['motion 1', 'alarmInput 1']])
    expect(states.at(-1)).toMatchObject({ kind: 'lost', cause: { code: 'link.reset' }, retryInMs: 1000 })
    await clock.advance(1000)
    expect(states.at(-1)).toEqual({ kind: 'open' })
    const before = events.length
    await clock.advance(60_000)
    expect(events.length).toBe(before) // no end is made up for what was lost
    await link[Symbol.asyncDispose]()
  })

  it('backs off while the device is away, and begins anew after a good connection', async () => {
    const { clock, device, states, link } = open()
    device.refusal = new LinkError('link.refused', 'off')
    await clock.advance(200_000)
    const waits = states.flatMap((state) => (state.kind === 'lost' ? [state.retryInMs] : []))
    expect(waits.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => 1000))
    expect(waits.slice(60, 67)).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
    device.refusal = undefined
    await clock.advance(30_000)
    expect(states.at(-1)).toEqual({ kind: 'open' })
    await clock.advance(6000)
    device.send('end')
    await clock.advance(0)
    expect(states.at(-1)).toMatchObject({ kind: 'lost', cause: { code: 'link.closed' }, retryInMs: 1000 })
    await link[Symbol.asyncDispose]()
  })

  it('does not hammer a device that ends each stream at once, whatever the dice say', async () => {
    const { clock, device, link } = open(() => 0)
    for (let i = 0; i < 100; i++) {
      await clock.advance(10)
      device.send('end')
    }
    expect(device.opened).toBeLessThanOrEqual(11)
    await link[Symbol.asyncDispose]()
  })

  it('tries a refused account rarely, but at once when nudged', async () => {
    const { clock, device, states, link } = open()
    device.refusal = new PeerError('isapi.unauthorized', 'wrong', { status: 401, retry: 'after-login' })
    await clock.advance(9 * 60_000)
    expect(device.opened).toBe(1)
    device.refusal = undefined
    link.nudge()
    await clock.advance(0)
    expect(device.opened).toBe(2)
    expect(states.at(-1)).toEqual({ kind: 'open' })
    await link[Symbol.asyncDispose]()
  })

  it('asks a silent device each minute whether it is there, and believes it', async () => {
    const { clock, device, states, link } = open()
    await clock.advance(10 * 60_000)
    expect(device.checks).toBe(10)
    device.checkFailure = new PeerError('isapi.not-supported', 'no userCheck', { status: 403, retry: 'never' })
    await clock.advance(60_000)
    expect(states.at(-1)).toEqual({ kind: 'open' })
    device.checkFailure = new LinkError('link.timeout', 'no answer')
    await clock.advance(60_000)
    expect(states.findLast(({ kind }) => kind === 'lost')).toMatchObject({ cause: { code: 'link.timeout' } })
    await link[Symbol.asyncDispose]()
  })

  it('gives up a stream whose heartbeats stop, though the device answers', async () => {
    const { clock, device, states, link } = open()
    await clock.advance(0)
    for (let i = 0; i < 6; i++) {
      device.send(heartbeat())
      await clock.advance(10_000)
    }
    await clock.advance(45_000)
    expect(states.at(-1)).toEqual({ kind: 'open' })
    await clock.advance(10_000)
    expect(states.findLast(({ kind }) => kind === 'lost')).toMatchObject({ cause: { code: 'link.silent' } })
    expect(device.opened).toBe(2)
    await link[Symbol.asyncDispose]()
  })

  it('attaches the pictures that follow an alert, and does not wait for ever', async () => {
    const { clock, device, events, link } = open()
    await clock.advance(0)
    device.send(jpeg(9), alert({ pictures: 2 }), jpeg(1))
    await clock.advance(100)
    expect(events).toEqual([])
    device.send(jpeg(2))
    await clock.advance(0)
    expect(events).toEqual(['motion active 1 +2'])
    device.send(alert({ pictures: 2, channel: 2 }), jpeg(1), alert({ channel: 3 }))
    await clock.advance(0)
    expect(events.slice(1)).toEqual(['motion active 2 +1', 'motion active 3'])
    device.send(alert({ pictures: 1, channel: 4 }))
    await clock.advance(3000)
    expect(events.at(-1)).toBe('motion active 4')
    expect(link.stats).toMatchObject({ pictures: 3, discarded: 1 })
    await link[Symbol.asyncDispose]()
  })

  it('passes over a part that cannot be read', async () => {
    const { clock, device, events, link } = open()
    await clock.advance(0)
    device.send(utf8('--boundary\r\nContent-Type: application/xml\r\n\r\n<broken\r\n'), alert())
    await clock.advance(0)
    expect(events).toEqual(['motion active 1'])
    expect(link.stats.discarded).toBe(1)
    await link[Symbol.asyncDispose]()
  })

  it('says nothing more once it is disposed', async () => {
    const { clock, device, events, states, link } = open()
    await clock.advance(0)
    device.send(alert())
    await clock.advance(0)
    await link[Symbol.asyncDispose]()
    const before = [events.length, states.length]
    await clock.advance(100_000)
    expect([events.length, states.length]).toEqual(before)
  })
})

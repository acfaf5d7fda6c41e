// SPDX-License-Identifier: Apache-2.0
/** Each limit of a session, reached; and what no limit should be needed for: bytes that mean nothing. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hmac, pairOf, testKey, unitOf } from '../../test/simulated-link.ts'
import { utf8 } from '../base/bytes.ts'
import {
  INITIAL_CREDIT_BYTES,
  LAST_REQUEST_NUMBER,
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_PARTIAL_CONTROL_MESSAGES,
  MAX_PINGS_PER_SECOND,
  MAX_UNANSWERED_REQUESTS,
  MIN_IN_FLIGHT_BYTES,
} from '../hmp/limits.ts'
import { encodePacket, PacketType } from '../hmp/packet.ts'
import { BodyReader } from './body-reader.ts'
import { MAX_WAITING_CONTROL_BYTES } from './control-out.ts'
import { InFlight } from './flow.ts'
import { Handles, MAX_STREAMS } from './handles.ts'
import { Outlet } from './outlet.ts'
import { Requests } from './requests.ts'
import { MAX_HELD_BYTES } from './session.ts'

const never = new AbortController().signal
const opened = async (...[options]: Parameters<typeof pairOf>) => {
  const pair = pairOf(options)
  await pair.time.pass(200)
  return pair
}

describe('limits of a session', () => {
  it('holds a bounded amount while the welcome is being checked', async () => {
    const { time, dialler } = pairOf({
      dialler: {
        login: {
          kind: 'key',
          key: testKey,
          hmac: (key, data) => (data[6] === 99 ? new Promise(() => {}) : hmac(key, data)),
        },
      },
    })
    await time.pass(100) // the acceptor's role is "cms": its proof is never finished checking
    expect(dialler.session.state).toBe('proving')
    const packet = encodePacket(
      { type: PacketType.management, flags: 0, stream: 0, sequence: 2 },
      new Uint8Array(60_000),
    )
    for (let bytes = packet.length; bytes <= MAX_HELD_BYTES; bytes += packet.length) dialler.session.receive(packet)
    expect(dialler.closings).toEqual([])
    dialler.session.receive(packet)
    expect(dialler.closings).toMatchObject([{ code: 'flow' }])
  })

  it('refuses to queue more than it may', async () => {
    const { dialler } = await opened({ line: { latencyMs: 1000 } })
    const pair = await opened({ acceptorAnswers: () => new Promise(() => {}) })
    pair.line.bytesPerMs = 1e-6
    const body = new Uint8Array(MAX_CONTROL_MESSAGE_BYTES - 1000)
    const results: Promise<unknown>[] = []
    for (let bytes = 0; bytes <= MAX_WAITING_CONTROL_BYTES + 2 * body.length; bytes += body.length)
      results.push(
        pair.dialler.session.request({ method: 'POST', target: '/', body }, { signal: never }).catch((error) => error),
      )
    expect(await results.at(-1)).toMatchObject({ code: 'hmp.queue' })
    expect(dialler.session.state).not.toBe('closed')
  })

  it('has at most 256 requests of its own without answer', async () => {
    const { dialler } = await opened({ acceptorAnswers: () => new Promise(() => {}) })
    for (let i = 0; i < MAX_UNANSWERED_REQUESTS; i++)
      dialler.session.request({ method: 'GET', target: '/' }, { signal: never }).catch(() => {})
    await expect(dialler.session.request({ method: 'GET', target: '/' }, { signal: never })).rejects.toMatchObject({
      code: 'hmp.unanswered',
    })
  })

  it('answers 503 to the 257th request of the other side', async () => {
    const { acceptor, written } = await opened({ acceptorAnswers: () => new Promise(() => {}) })
    const before = written.fromAcceptor.length
    for (let i = 0; i <= MAX_UNANSWERED_REQUESTS; i++)
      acceptor.session.receive(
        encodePacket({ type: 3, flags: 0, stream: 0, sequence: 2 * i + 1 }, utf8('GET / HTTP/1.1\r\n\r\n')),
      )
    expect(
      written.fromAcceptor
        .slice(before)
        .map((packet) => String.fromCharCode(...packet))
        .join(''),
    ).toContain(' 503 ')
    expect(acceptor.requests).toHaveLength(MAX_UNANSWERED_REQUESTS)
  })

  it('ends at the 33rd message under way', async () => {
    const { acceptor } = await opened()
    for (let i = 0; i <= MAX_PARTIAL_CONTROL_MESSAGES; i++)
      acceptor.session.receive(encodePacket({ type: 3, flags: 2, stream: 0, sequence: 2 * i + 1 }, utf8('GET ')))
    expect(acceptor.closings).toMatchObject([{ code: 'flow' }])
  })

  it('ends at a streamed body over its credit', () => {
    const body = new BodyReader(() => {})
    for (let bytes = 0; bytes < INITIAL_CREDIT_BYTES; bytes += 65_536) body.push(new Uint8Array(65_536))
    expect(() => body.push(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'hmp.flow' }))
  })

  it('ignores more than ten pings a second', async () => {
    const { acceptor, written, time } = await opened()
    await time.pass(2000)
    const before = written.fromAcceptor.length
    for (let i = 0; i < 50; i++)
      acceptor.session.receive(
        encodePacket({ type: 0, flags: 0, stream: 0, sequence: 0 }, utf8('{"t":"ping","id":1,"time":1}')),
      )
    expect(written.fromAcceptor.length - before).toBe(MAX_PINGS_PER_SECOND)
  })

  it('ends the session when its numbers run out', async () => {
    const outlet = new Outlet(
      () => {},
      () => 0,
    )
    let hasEnded = false
    const requests: Requests = new Requests(outlet, {
      isDialler: true,
      firstNumber: LAST_REQUEST_NUMBER - 1,
      random: (count) => new Uint8Array(count),
      handle: async () => ({ status: 204 }),
      onAnswered: () => {},
      pump: () => {},
      onExhausted: () => {
        hasEnded = true
        requests.close(new Error('renew'))
      },
    })
    requests.ask({ method: 'GET', target: '/' }, never).catch(() => {})
    expect(hasEnded).toBe(false)
    await expect(requests.ask({ method: 'GET', target: '/' }, never)).rejects.toThrow('renew')
    expect(hasEnded).toBe(true)
  })

  it('gives handles of its parity, not again within 60 s, and no more than it may', () => {
    let now = 0
    const handles = new Handles(
      false,
      () => now,
      () => false,
    )
    expect([handles.allocate(0), handles.allocate(1)]).toEqual([2, 4])
    for (let handle = 6; handle <= 65_534; handle += 2) handles.rest(handle)
    handles.rest(2)
    for (let i = 0; i < 40; i++) expect(handles.allocate(0)).toBe(4)
    now = 60_000
    expect(handles.allocate(0)).toBe(6)
    expect(() => handles.allocate(MAX_STREAMS)).toThrow(expect.objectContaining({ code: 'busy' }))
  })

  it('lets 64 KiB into flight before it knows the line, and never more than that without an ack', () => {
    const flight = new InFlight()
    expect(flight.room(0)).toBe(MIN_IN_FLIGHT_BYTES)
    flight.sent(MIN_IN_FLIGHT_BYTES, 0)
    expect(flight.room(1)).toBe(0)
    expect(flight.room(100_000)).toBe(0)
    expect(flight.acknowledge(MIN_IN_FLIGHT_BYTES + 1, 1)).toBe(false)
    expect(flight.acknowledge(MIN_IN_FLIGHT_BYTES, 10)).toBe(true)
    expect(flight.acknowledge(0, 11)).toBe(false)
  })
})

describe('bytes that mean nothing', () => {
  it('end a session with a goodbye or do nothing, whatever they are', async () => {
    const { written } = await opened({ acceptorAnswers: async () => ({ status: 204 }) })
    const valid = [
      ...written.fromDialler,
      encodePacket({ type: 3, flags: 0, stream: 0, sequence: 1 }, utf8('GET / HTTP/1.1\r\n\r\n')),
      encodePacket({ type: 3, flags: 2, stream: 0, sequence: 3 }, utf8('PUT / HTTP/1.1\r\nHMP-Streamed: 1\r\n\r\n')),
      encodePacket({ type: 4, flags: 4, stream: 0, sequence: 1 }, new Uint8Array(0)),
      encodePacket({ type: 1, flags: 8, stream: 2, sequence: 0 }, unitOf({ isKey: true, bytes: 50 }).payload),
    ]
    const mutation = fc.record({
      packet: fc.nat(valid.length - 1),
      at: fc.nat(),
      value: fc.nat(255),
      isMutated: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { maxLength: 20 }), async (mutations) => {
        const { acceptor, time } = await opened({ acceptorAnswers: async () => ({ status: 204 }) })
        for (const { packet, at, value, isMutated } of mutations) {
          const bytes = valid[packet]!.slice()
          if (isMutated) bytes[at % bytes.length] = value
          acceptor.session.receive(bytes)
        }
        await time.pass(1)
        expect(acceptor.closings.every(({ code }) => code !== 'shutdown')).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

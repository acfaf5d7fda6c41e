// SPDX-License-Identifier: Apache-2.0
/** Two sessions talk over a simulated line: login, requests, cancellation, streamed bodies, life and death. */
import { describe, expect, it } from 'vitest'
import { hmac, pairOf, testKey } from '../../test/simulated-link.ts'
import { fromUtf8, utf8 } from '../base/bytes.ts'
import { Refusal } from '../base/errors.ts'
import { Goodbye } from '../hmp/goodbye.ts'
import { MAX_CONTROL_MESSAGE_BYTES, MAX_PARTIAL_CONTROL_MESSAGES, MAX_UNANSWERED_EVENTS } from '../hmp/limits.ts'
import { encodePacket, Flag, PacketType } from '../hmp/packet.ts'
import type { HttpResponseInit } from '../http/message.ts'
import type { AcceptorLogin } from './options.ts'

const never = new AbortController().signal
const accept = (changes: Partial<AcceptorLogin>): AcceptorLogin => ({
  kind: 'accept',
  lookup: () => ({ key: testKey }),
  admit: () => ({ session: 's-2', epoch: 9 }),
  hmac,
  ...changes,
})
const exporter = new Uint8Array(32).fill(3)

describe('login, hmp.md §7', () => {
  it('lets a device in by its key, and both learn who the other is', async () => {
    const { time, dialler, acceptor } = pairOf({ line: { latencyMs: 20 } })
    expect(dialler.session.state).toBe('greeting')
    await time.pass(50)
    expect(dialler.session.state).toBe('proving')
    await time.pass(200)
    expect(dialler.session).toMatchObject({ state: 'open', epoch: 1, id: 's-1' })
    expect(dialler.session.peer).toMatchObject({ role: 'cms', identity: 'cms-1' })
    expect(acceptor.session.peer).toMatchObject({ role: 'device', identity: 'cam-7', software: 'test/1' })
    expect(dialler.session.roundTripMs).toBe(40)
    expect(dialler.session.clockOffsetMs).toBeCloseTo(5000, -1)
    expect(acceptor.session.clockOffsetMs).toBeCloseTo(-5000, -1)
  })

  it('goes the same way one byte at a time', async () => {
    const { time, dialler, acceptor } = pairOf({ line: { cuts: [1] } })
    await time.pass(100)
    expect([dialler.session.state, acceptor.session.state]).toEqual(['open', 'open'])
  })

  it('binds the proofs to the TLS connection', async () => {
    const bound = pairOf({
      dialler: { login: { kind: 'key', key: testKey, hmac, exporter } },
      acceptor: { login: accept({ exporter }) },
    })
    await bound.time.pass(100)
    expect(bound.dialler.session.state).toBe('open')
    const relayed = pairOf({
      dialler: { login: { kind: 'key', key: testKey, hmac, exporter } },
      acceptor: { login: accept({ exporter: new Uint8Array(32).fill(4) }) },
    })
    await relayed.time.pass(100)
    expect(relayed.acceptor.closings).toMatchObject([{ code: 'login', byPeer: false }])
    expect(relayed.dialler.closings).toMatchObject([{ code: 'login', byPeer: true }])
  })

  it.each([
    ['a wrong key', { dialler: { login: { kind: 'key', key: new Uint8Array(32), hmac } } }, 'login'],
    ['an unknown identity', { acceptor: { login: accept({ lookup: () => undefined }) } }, 'login'],
    ['a CMS that skips its proof', { acceptor: { login: accept({ lookup: () => 'trusted' }) } }, 'login'],
    ['a challenge where there is no key', { dialler: { login: { kind: 'carrier' } } }, 'login'],
    ['two ends of one role', { acceptor: { role: 'device' } }, 'login'],
    ['an epoch that did not grow', { dialler: { login: { kind: 'key', key: testKey, hmac, lastEpoch: 1 } } }, 'epoch'],
    [
      'a revoked identity',
      { acceptor: { login: accept({ admit: () => Promise.reject(new Goodbye('revoked', 'gone')) }) } },
      'revoked',
    ],
    [
      'a store that fails',
      { acceptor: { login: accept({ lookup: () => Promise.reject(new Error('disk')) }) } },
      'busy',
    ],
  ] as const)('refuses %s', async (_, options, code) => {
    const { time, dialler, acceptor } = pairOf(options)
    await time.pass(200)
    expect(dialler.closings).toMatchObject([{ code }])
    expect(acceptor.closings).toMatchObject([{ code }])
  })

  it('answers an unknown identity as it does a known one with a wrong key', async () => {
    const unknown = pairOf({ acceptor: { login: accept({ lookup: () => undefined }) } })
    const wrong = pairOf({ dialler: { login: { kind: 'key', key: new Uint8Array(32), hmac } } })
    for (const pair of [unknown, wrong]) await pair.time.pass(200)
    expect(unknown.dialler.closings).toEqual(wrong.dialler.closings)
  })

  it('takes a carrier that vouches', async () => {
    const { time, dialler } = pairOf({
      dialler: { login: { kind: 'carrier' }, role: 'console' },
      acceptor: { login: accept({ lookup: () => 'trusted' }) },
    })
    await time.pass(10)
    expect(dialler.session).toMatchObject({ state: 'open', epoch: 9 })
  })

  it('gives up after 5 s, and dies with a name', async () => {
    const { time, acceptor } = pairOf({ line: { latencyMs: 6000 } })
    await time.pass(4900)
    expect(acceptor.closings).toEqual([])
    await time.pass(200)
    expect(acceptor.closings).toMatchObject([{ code: 'login', byPeer: false }])
  })

  const early: [string, Uint8Array, string, number | undefined][] = [
    [
      'a request',
      encodePacket({ type: PacketType.management, flags: 0, stream: 0, sequence: 1 }, utf8('x')),
      'type',
      3,
    ],
    [
      'an ack',
      encodePacket({ type: 0, flags: 0, stream: 0, sequence: 0 }, utf8('{"t":"ack","bytes":0}')),
      'message',
      undefined,
    ],
    ['too much', encodePacket({ type: 0, flags: 0, stream: 0, sequence: 0 }, new Uint8Array(8192)), 'length', 12],
    ['rubbish', utf8('GET / HTTP/1.1\r\n\r\n'), 'magic', 0],
  ]
  it.each(early)('refuses %s before welcome', (_, bytes, code, at) => {
    const { acceptor } = pairOf({ line: { latencyMs: 1000 } })
    acceptor.session.receive(bytes)
    expect(acceptor.closings).toMatchObject([at === undefined ? { code } : { code, at }])
  })

  it('holds what comes behind the welcome until its proof is checked', async () => {
    let open = (): void => {}
    const slow = async (key: Uint8Array, data: Uint8Array) => {
      await new Promise<void>((resolve) => {
        open = resolve
      })
      return hmac(key, data)
    }
    const { time, dialler, acceptor } = pairOf({
      dialler: { login: { kind: 'key', key: testKey, hmac: slow } },
      acceptor: {
        onOpen: () =>
          void acceptor.session.request({ method: 'GET', target: '/early' }, { signal: never }).catch(() => {}),
      },
    })
    await time.pass(10)
    open()
    await time.pass(10)
    expect(acceptor.session.state).toBe('open')
    expect(dialler.requests).toEqual([])
    open()
    await time.pass(10)
    expect(dialler.requests.map(({ target }) => target)).toEqual(['/early'])
  })
})

const opened = async (...[options]: Parameters<typeof pairOf>) => {
  const pair = pairOf(options)
  await pair.time.pass(100)
  expect(pair.dialler.session.state).toBe('open')
  return pair
}

describe('requests, hmp.md §8', () => {
  it('overlap both ways, and answers come in any order', async () => {
    const waits = new Map<string, (answer: HttpResponseInit) => void>()
    const answer = (request: { target: string }) =>
      new Promise<HttpResponseInit>((resolve) => waits.set(request.target, resolve))
    const { time, dialler, acceptor } = await opened({ diallerAnswers: answer, acceptorAnswers: answer })
    const order: string[] = []
    for (const target of ['/a', '/b'])
      for (const { session } of [dialler, acceptor])
        void session
          .request({ method: 'PUT', target, device: 'cam-7', channel: 2 }, { signal: never })
          .then((response) => order.push(`${target}${response.status}`))
    await time.pass(10)
    expect(dialler.requests[0]).toMatchObject({ target: '/a', device: 'cam-7', channel: 2, type: 'management' })
    expect(dialler.requests[0]?.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f]{32}$/)
    waits.get('/b')?.({ status: 202 })
    await time.pass(10)
    waits.get('/a')?.({ status: 200, body: utf8('x') })
    await time.pass(10)
    expect(order).toEqual(['/b202', '/a200'])
  })

  it('carries a megabyte, and refuses to send more', async () => {
    const body = new Uint8Array(MAX_CONTROL_MESSAGE_BYTES - 200).map((_, i) => i)
    const { time, dialler, acceptor } = await opened({
      acceptorAnswers: async (request) => ({ status: 200, body: request.body }),
    })
    const answer = dialler.session.request({ method: 'POST', target: '/x', body }, { signal: never })
    await time.pass(1000)
    expect((await answer).body).toEqual(body)
    const tooLong = dialler.session.request(
      { method: 'POST', target: '/x', body: new Uint8Array(MAX_CONTROL_MESSAGE_BYTES) },
      { signal: never },
    )
    await expect(tooLong).rejects.toMatchObject({ code: 'hmp.too-long' })
    expect(acceptor.closings).toEqual([])
  })

  it('turns what a handler throws into the answer it stands for', async () => {
    const { time, dialler } = await opened({
      acceptorAnswers: async ({ target }) => {
        throw target === '/known' ? new Refusal('not-found', 'channel.unknown', 'no channel 9') : new Error('secret')
      },
    })
    const known = dialler.session.request({ method: 'GET', target: '/known' }, { signal: never })
    const unknown = dialler.session.request({ method: 'GET', target: '/other' }, { signal: never })
    await time.pass(10)
    expect(await known).toMatchObject({ status: 404 })
    expect(fromUtf8((await known).body)).toContain('channel.unknown')
    expect(await unknown).toMatchObject({ status: 500 })
    expect(fromUtf8((await unknown).body)).not.toContain('secret')
  })

  it('tells the other side when an answer is no longer wanted', async () => {
    const { time, dialler, acceptor } = await opened({ acceptorAnswers: () => new Promise(() => {}) })
    const controller = new AbortController()
    const answer = dialler.session.request({ method: 'GET', target: '/slow' }, { signal: controller.signal })
    await time.pass(10)
    expect(acceptor.requests[0]?.signal.aborted).toBe(false)
    controller.abort(new Error('enough'))
    await expect(answer).rejects.toThrow('enough')
    await time.pass(10)
    expect(acceptor.requests[0]?.signal.aborted).toBe(true)
    expect(dialler.closings).toEqual([])
  })

  it('answers 503 to the 65th event that waits, and goes on', async () => {
    const { time, dialler, acceptor } = await opened({ acceptorAnswers: () => new Promise(() => {}) })
    const statuses: number[] = []
    for (let i = 0; i <= MAX_UNANSWERED_EVENTS; i++)
      void dialler.session.request({ method: 'POST', target: '/HMP/events', type: 'event' }, { signal: never }).then(
        ({ status }) => statuses.push(status),
        () => {},
      )
    await time.pass(200)
    expect(acceptor.requests).toHaveLength(MAX_UNANSWERED_EVENTS)
    expect(statuses).toEqual([503])
  })

  it('streams a body of any length under credit, both ways', async () => {
    const size = 3 * 1024 * 1024
    async function* pieces() {
      for (let sent = 0; sent < size; sent += 100_000) yield new Uint8Array(Math.min(100_000, size - sent)).fill(5)
    }
    const { time, dialler } = await opened({
      acceptorAnswers: async (request) => {
        let bytes = 0
        for await (const chunk of request.streamedBody!) bytes += chunk.length
        return { status: 200, headers: { Bytes: String(bytes) }, streamedBody: pieces() }
      },
    })
    const asked = dialler.session.request(
      { method: 'PUT', target: '/HMP/firmware', streamedBody: pieces() },
      { signal: never },
    )
    await time.pass(2000)
    const answer = await asked
    expect(answer.headers.get('Bytes')).toBe(String(size))
    let bytes = 0
    const read = (async () => {
      for await (const chunk of answer.streamedBody!) bytes += chunk.length
    })()
    await time.pass(2000)
    await read
    expect(bytes).toBe(size)
  })

  it('sends no more of a body than the other side reads', async () => {
    let taken = 0
    async function* endless() {
      for (;;) {
        taken += 50_000
        yield new Uint8Array(50_000)
      }
    }
    const { time, dialler } = await opened({ acceptorAnswers: () => new Promise(() => {}) })
    dialler.session
      .request({ method: 'PUT', target: '/HMP/firmware', streamedBody: endless() }, { signal: never })
      .catch(() => {})
    await time.pass(3000)
    expect(taken).toBeLessThan(400_000)
    expect(dialler.closings).toEqual([])
  })

  it.each([
    [
      'an answer never asked',
      { type: 3, flags: 1, stream: 0, sequence: 99 } as const,
      'HTTP/1.1 204 x\r\n\r\n',
      'sequence',
      8,
    ],
    ['a request of the wrong parity', { type: 3, flags: 0, stream: 0, sequence: 2 } as const, 'x', 'sequence', 8],
    [
      'an ack of what was not sent',
      { type: 0, flags: 0, stream: 0, sequence: 0 } as const,
      '{"t":"ack","bytes":999999999}',
      'flow',
      undefined,
    ],
    [
      'a second hello',
      { type: 0, flags: 0, stream: 0, sequence: 0 } as const,
      '{"t":"proof","proof":""}',
      'message',
      undefined,
    ],
    ['media of no stream', { type: 1, flags: 8, stream: 5, sequence: 0 } as const, 'x', 'sequence', 6],
  ])('ends the session at %s', async (_, header, payload, code, at) => {
    const { dialler, acceptor } = await opened()
    const before = acceptor.session.counters.bytesReceived
    acceptor.session.receive(encodePacket(header, utf8(payload)))
    expect(acceptor.closings).toMatchObject([{ code, byPeer: false, ...(at === undefined ? {} : { at: before + at }) }])
    expect(dialler.session.state).toBe('open')
  })

  it('lets the content of a refused upload run out, more often than messages may be under way', async () => {
    const size = 1_000_000
    async function* content() {
      for (let sent = 0; sent < size; sent += 50_000) yield new Uint8Array(50_000)
    }
    const { time, dialler, acceptor } = await opened({ acceptorAnswers: async () => ({ status: 404 }) })
    for (let round = 0; round < MAX_PARTIAL_CONTROL_MESSAGES + 1; round++) {
      const asked = dialler.session.request(
        { method: 'PUT', target: '/nowhere', streamedBody: content() },
        { signal: never },
      )
      await time.pass(200)
      expect((await asked).status).toBe(404)
    }
    expect([dialler.closings, acceptor.closings]).toEqual([[], []])
  })

  it('answers an upload that is no message, lets its content run out, and goes on', async () => {
    const { time, line, acceptor, written } = await opened()
    line.bytesPerMs = 0.001 // the dialler has not asked, and must not see the answer
    const send = (flags: number, text: string) =>
      acceptor.session.receive(encodePacket({ type: 3, flags, stream: 0, sequence: 1 }, utf8(text)))
    send(Flag.more, 'PUT /x HTTP/1.1\r\nHMP-Streamed: 1\r\nHost: x\r\n\r\n')
    for (let i = 0; i < 20; i++) send(Flag.more, 'x'.repeat(50_000))
    send(0, '')
    await time.pass(200)
    expect(acceptor.closings).toEqual([])
    expect(acceptor.requests).toEqual([])
    const answers = written.fromAcceptor.filter((bytes) => bytes[3] === 3).map(fromUtf8)
    expect(answers).toHaveLength(1)
    expect(answers[0]).toContain('http.forbidden-field')
  })

  it.each([
    ['lacks MORE', [[0, 'PUT /x HTTP/1.1\r\nHMP-Streamed: 1\r\n\r\n']]],
    [
      'ends before the empty line',
      [
        [Flag.more, 'PUT /x HTTP/1.1\r\nHMP-Streamed: 1\r\n'],
        [0, '\r\n'],
      ],
    ],
    [
      'holds content',
      [
        [Flag.more, 'PUT /x HTTP/1.1\r\nHMP-Streamed: 1\r\n\r\nab'],
        [0, 'cd'],
      ],
    ],
  ] as const)('answers 400 to a streamed request whose first packet %s, and goes on', async (_, packets) => {
    const { time, line, acceptor, written } = await opened()
    line.bytesPerMs = 0.001 // the dialler has not asked, and must not see the answer
    for (const [flags, text] of packets)
      acceptor.session.receive(encodePacket({ type: 3, flags, stream: 0, sequence: 1 }, utf8(text)))
    await time.pass(200)
    expect(acceptor.closings).toEqual([])
    const answers = written.fromAcceptor.filter((bytes) => bytes[3] === 3).map(fromUtf8)
    expect(answers).toEqual([expect.stringContaining('"code":"http.streamed"')])
  })

  it('takes a streamed request without content: a head, and an empty packet', async () => {
    const { time, line, acceptor, written } = await opened({
      acceptorAnswers: async (request) => {
        let bytes = 0
        for await (const chunk of request.streamedBody!) bytes += chunk.length
        return { status: 200, body: utf8(String(bytes)) }
      },
    })
    line.bytesPerMs = 0.001
    const send = (flags: number, text: string) =>
      acceptor.session.receive(encodePacket({ type: 3, flags, stream: 0, sequence: 1 }, utf8(text)))
    send(Flag.more, 'PUT /x HTTP/1.1\r\nHMP-Streamed: 1\r\n\r\n')
    send(0, '')
    await time.pass(200)
    const answers = written.fromAcceptor.filter((bytes) => bytes[3] === 3).map(fromUtf8)
    expect(answers).toEqual([expect.stringMatching(/200 OK[\s\S]*\r\n\r\n0$/)])
  })

  it('answers 400 to what is no HTTP, and goes on', async () => {
    const { acceptor, written } = await opened()
    acceptor.session.receive(encodePacket({ type: 3, flags: 0, stream: 0, sequence: 1 }, utf8('nonsense\r\n\r\n')))
    expect(fromUtf8(written.fromAcceptor.at(-1)!)).toContain('HTTP/1.1 400')
    expect(acceptor.closings).toMatchObject([])
  })
})

describe('life and death of a session, hmp.md §6', () => {
  it('pings, and stays alive in silence', async () => {
    const { time, dialler, acceptor } = await opened({ line: { latencyMs: 5 } })
    await time.pass(120_000)
    expect([dialler.session.state, acceptor.session.state]).toEqual(['open', 'open'])
  })

  it('declares the other side dead after 30 s without a byte', async () => {
    const pair = await opened({ line: { latencyMs: 5 } })
    pair.line.bytesPerMs = 1e-9
    await pair.time.pass(29_000)
    expect(pair.dialler.session.state).toBe('open')
    await pair.time.pass(2000)
    expect(pair.dialler.closings).toMatchObject([{ code: 'idle' }])
  })

  it('says goodbye, rejects what is asked and aborts what is answered', async () => {
    const { time, dialler, acceptor } = await opened({ acceptorAnswers: () => new Promise(() => {}) })
    const asked = dialler.session.request({ method: 'GET', target: '/' }, { signal: never })
    await time.pass(10)
    acceptor.session.close('busy', 'too much', { retryAfterMs: 7000 })
    const rejected = expect(asked).rejects.toMatchObject({ code: 'hmp.closed' })
    await time.pass(10)
    await rejected
    expect(dialler.closings).toEqual([{ code: 'busy', text: 'too much', retryAfterMs: 7000, byPeer: true }])
    expect(acceptor.requests[0]?.signal.aborted).toBe(true)
    await expect(dialler.session.request({ method: 'GET', target: '/' }, { signal: never })).rejects.toMatchObject({
      code: 'hmp.closed',
    })
  })

  it('counts an unknown session message and goes on', async () => {
    const { acceptor } = await opened()
    acceptor.session.receive(encodePacket({ type: 0, flags: 0, stream: 0, sequence: 0 }, utf8('{"t":"dance"}')))
    expect(acceptor.session).toMatchObject({ state: 'open', counters: { unknownMessages: 1 } })
  })
})

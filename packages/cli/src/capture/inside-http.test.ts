// SPDX-License-Identifier: Apache-2.0
/** What travels inside HTTP: HMP over a WebSocket, and alert streams; real traffic of this house's programs, tapped off TCP. */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { HMP_SUBPROTOCOL, type HmpCarrier } from '@openhmp/client'
import { concat, utf8 } from '@openhmp/protocol/base'
import { encodePacket, encodeSessionMessage, PacketType } from '@openhmp/protocol/hmp'
import { HmpSession } from '@openhmp/protocol/session'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { pcapOf, type Said } from '../../../../tools/wireshark/pcap.ts'
import { carryOverWebSocket } from '../../../client/src/hmp/carrier.ts'
import { contentOf } from '../../../emulator/src/hmp/event-picture.ts'
import { serveAlerts } from '../../../emulator/src/http/alert-stream.ts'
import { testDevice } from '../../../emulator/test/test-device.ts'
import { hmac, testKey, unitOf } from '../../../protocol/test/simulated-link.ts'
import { dissect } from './dissector.ts'
import type { TalkLine } from './talk.ts'
import { MAX_MESSAGE_BYTES } from './websocket-reader.ts'

const never = new AbortController().signal
const talkOf = (said: readonly Said[]) => {
  const lines: TalkLine[] = []
  const result = dissect(new Uint8Array(pcapOf(said, 8000)), (line) => lines.push(line))
  return { ...result, lines, texts: lines.map(({ text }) => text) }
}

/** Passes bytes on to `port` and keeps them. */
const tap = async (port: number) => {
  const said: Said[] = []
  const sockets: Socket[] = []
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    sockets.push(near, far)
    const pass = (from: Socket, to: Socket, byClient: boolean) => {
      from.on('error', () => {})
      from.on('data', (bytes) => {
        said.push({ byClient, bytes })
        to.write(bytes)
      })
      from.on('close', () => to.end())
    }
    pass(near, far, true)
    pass(far, near, false)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    said,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A device and its CMS over `ws:` without TLS: log-in, a stream with a large picture, an event with a picture, goodbye. */
const sessionOverWebSocket = async (): Promise<Said[]> => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  await once(server, 'listening')
  await using wire = await tap((server.address() as AddressInfo).port)
  const sessions: HmpSession[] = []
  const common = (carrier: HmpCarrier) => ({
    software: 'test/1',
    now: () => performance.now(),
    wallNow: () => 1_795_410_000_000,
    random: (count: number) => new Uint8Array(count).map(() => Math.floor(Math.random() * 256)),
    write: carrier.write,
    onClose: carrier.close,
  })
  server.on('connection', (socket) => {
    const session = carryOverWebSocket(socket, (carrier) => {
      const made: HmpSession = new HmpSession({
        ...common(carrier),
        side: 'acceptor',
        role: 'device',
        identity: 'cam-7',
        login: {
          kind: 'accept',
          hmac: async (...args) => hmac(...args),
          lookup: () => ({ key: testKey }),
          admit: () => ({ session: 's-1', epoch: 1 }),
        },
        onRequest: async () => {
          const handle = made.allocateHandle()
          made.sendUnit(handle, unitOf({ isKey: true, bytes: 200_000, timestamp: 90_000 }))
          const body = utf8(JSON.stringify({ stream: handle, direction: 'send', sdp: 'v=0' }))
          return { status: 201, body }
        },
      })
      return made
    })
    sessions.push(session)
  })
  const socket = new WebSocket(`ws://127.0.0.1:${wire.port}/api/v1/hmp`, HMP_SUBPROTOCOL, { perMessageDeflate: false })
  await once(socket, 'open')
  const cms = carryOverWebSocket(
    socket,
    (carrier) =>
      new HmpSession({
        ...common(carrier),
        side: 'dialler',
        role: 'cms',
        identity: 'cms-1',
        login: { kind: 'key', key: testKey, hmac },
        onRequest: async () => ({ status: 204 }),
      }),
  )
  await vi.waitFor(() => expect([cms.state, sessions[0]?.state]).toEqual(['open', 'open']))
  const ticking = setInterval(() => [cms, ...sessions].map((session) => session.tick()), 20)
  const units: number[] = []
  await cms.openStream(
    { channel: 1, kind: 'live', media: ['video'] },
    { signal: never, onUnit: ({ timestamp }) => units.push(timestamp) },
  )
  await vi.waitFor(() => expect(units).toEqual([90_000]))
  const { contentType, body } = contentOf('<x/>', new Uint8Array(5000).fill(0xff))
  const event = {
    method: 'POST',
    target: '/HMP/events',
    type: 'event' as const,
    headers: { 'Content-Type': contentType },
    body,
  }
  await sessions[0]!.request(event, { signal: never })
  cms.close('shutdown', 'seen enough')
  await vi.waitFor(() => expect(sessions[0]!.state).toBe('closed'))
  await vi.waitFor(() => expect(socket.readyState).toBe(WebSocket.CLOSED))
  clearInterval(ticking)
  server.close()
  return wire.said
}

describe('HMP over a WebSocket', () => {
  it('is read both ways: frames unmasked, pieces joined, media counted', async () => {
    const said = await sessionOverWebSocket()
    const { texts, lines, faults, sources } = talkOf(said)
    expect(faults).toBe(0)
    expect(texts.slice(0, 2)).toEqual(['GET /api/v1/hmp', '101 Switching Protocols'])
    expect(texts[2]).toBe('hello from cms cms-1 (test/1)')
    expect(texts).toContain('challenge from device cam-7')
    expect(texts).toContain('management request 1: POST /HMP/streams')
    expect(texts).toContain('management answer 1: 201 Created')
    expect(texts).toContain('event request 2: POST /HMP/events')
    expect(texts).toContain('event answer 2: 204 No Content')
    expect(texts).toContain('goodbye shutdown: seen enough')
    expect(lines.filter(({ protocol }) => protocol === 'WebSocket').map(({ text }) => text)[0]).toMatch(/^close 4015/)
    expect(sources).toMatchObject([{ ssrc: '00000007', packets: 143, lost: 0 }])
    expect(said.filter(({ byClient }) => byClient).length).toBeGreaterThan(3)
  })

  it('says the same however TCP cut it', async () => {
    const said = await sessionOverWebSocket()
    const { texts } = talkOf(said)
    const alone = said.map(({ byClient, bytes }) => ({ byClient, bytes: new Uint8Array(bytes) }))
    for (const size of [1, 2, 3, 7, 13, 1400]) {
      // Small pieces of the talk without its large picture alone, so that the capture stays small.
      const cut = alone.flatMap(({ byClient, bytes }) =>
        bytes.length > 20_000
          ? [{ byClient, bytes }]
          : Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => ({
              byClient,
              bytes: bytes.subarray(i * size, (i + 1) * size),
            })),
      )
      expect(talkOf(cut).texts, `pieces of ${size}`).toEqual(texts)
    }
  })

  const upgrade = (protocol: string): Said => ({
    byClient: true,
    bytes: utf8(
      `GET /api/v1/hmp HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    ),
  })
  const goodbye = encodePacket(
    { type: PacketType.session, flags: 0, stream: 0, sequence: 0 },
    encodeSessionMessage({ t: 'goodbye', code: 'shutdown', text: '' }),
  )
  /** A client's frame with a mask. */
  const frame = (payload: Uint8Array, options: { first?: number; isBare?: boolean } = {}): Said => {
    const mask = options.isBare ? [] : [1, 2, 3, 4]
    const size = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255]
    size[0]! |= options.isBare ? 0 : 0x80
    const masked = payload.map((byte, i) => byte ^ (mask[i & 3] ?? 0))
    return { byClient: true, bytes: concat([Uint8Array.of(options.first ?? 0x82, ...size, ...mask), masked]) }
  }

  it('goes on with HTTP where the upgrade was refused', () => {
    const again: Said = { byClient: true, bytes: utf8('GET /next HTTP/1.1\r\n\r\n') }
    expect(talkOf([upgrade('hmp.1'), again]).texts).toEqual(['GET /api/v1/hmp', 'GET /next'])
  })

  it('is left alone with another subprotocol', () => {
    const { texts, faults } = talkOf([upgrade('chat'), frame(utf8('hi'), { first: 0x81 })])
    expect([texts, faults]).toEqual([['GET /api/v1/hmp'], 0])
  })

  it.each([
    ['a frame that is not masked', frame(goodbye, { isBare: true }), 'websocket.mask', 'WebSocket'],
    ['a text message', frame(utf8('{}'), { first: 0x81 }), 'websocket.opcode', 'WebSocket'],
    ['a reserved bit', frame(goodbye, { first: 0xc2 }), 'websocket.extension', 'WebSocket'],
    ['a continuation of nothing', frame(goodbye, { first: 0x80 }), 'websocket.continuation', 'WebSocket'],
    ['a ping in pieces', frame(goodbye.subarray(0, 4), { first: 0x09 }), 'websocket.control', 'WebSocket'],
    ['two packets in a message', frame(concat([goodbye, goodbye])), 'hmp.length', 'HMP'],
    ['a packet that is none', frame(new Uint8Array(16)), 'hmp.magic', 'HMP'],
  ])('names %s as a fault', (_, said, code, protocol) => {
    const { lines } = talkOf([upgrade('hmp.1'), frame(goodbye), said])
    expect(lines.map(({ text }) => text)).toContain('goodbye shutdown: ')
    expect(lines.at(-1)).toMatchObject({ kind: 'fault', code, protocol })
  })

  it(`refuses a message of more than ${MAX_MESSAGE_BYTES} bytes before it has come, in one frame or in several`, () => {
    const long = (bytes: number, first: number): Said => {
      const head = new Uint8Array(14)
      head.set([first, 0xff])
      new DataView(head.buffer).setBigUint64(2, BigInt(bytes))
      return { byClient: true, bytes: head }
    }
    const codeOf = (...said: Said[]) =>
      talkOf([upgrade('hmp.1'), ...said]).lines.find(({ kind }) => kind === 'fault')?.code
    expect(codeOf(long(MAX_MESSAGE_BYTES, 0x82))).toBeUndefined()
    expect(codeOf(long(MAX_MESSAGE_BYTES + 1, 0x82))).toBe('websocket.length')
    expect(codeOf(long(2 ** 53, 0x82))).toBe('websocket.length')
    expect(codeOf(frame(new Uint8Array(10), { first: 0x02 }), long(MAX_MESSAGE_BYTES - 10, 0x80))).toBeUndefined()
    expect(codeOf(frame(new Uint8Array(10), { first: 0x02 }), long(MAX_MESSAGE_BYTES - 9, 0x80))).toBe(
      'websocket.length',
    )
  })

  it('answers any frames with a talk', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 }), (pieces) => {
        const said = pieces.map((bytes) => ({ byClient: true, bytes }))
        expect(talkOf([upgrade('hmp.1'), frame(goodbye), ...said]).texts[1]).toBe('goodbye shutdown: ')
      }),
    )
  })
})

describe('multipart content', () => {
  it('is told event by event: the alert stream of a device', async () => {
    const { device, clock } = testDevice()
    const server = createHttpServer((_, response) => serveAlerts(device, response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    await using wire = await tap((server.address() as AddressInfo).port)
    const client = connect(wire.port, '127.0.0.1')
    client.write('GET /ISAPI/Event/notification/alertStream HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(client, 'data')
    device.raise({ type: 'IO', state: 'active', description: 'alarm', input: 2 })
    await clock.advance(1100)
    const parts = () =>
      Buffer.concat(wire.said.map(({ bytes }) => Buffer.from(bytes)))
        .toString()
        .split('<eventType>IO<').length - 1
    await vi.waitFor(() => expect(parts()).toBeGreaterThanOrEqual(2))
    client.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    const { lines, texts, faults } = talkOf(wire.said)
    expect(faults).toBe(0)
    expect(texts.slice(0, 3)).toEqual([
      'GET /ISAPI/Event/notification/alertStream',
      '200 OK',
      'event videoloss inactive channel 1 (heartbeat)',
    ])
    expect(texts.filter((text) => text === 'event IO active input 2').length).toBeGreaterThanOrEqual(2)
    expect(lines.find(({ text }) => text.startsWith('event IO'))?.detail?.join('\n')).toContain('<inputIOPortID>2<')
  })

  const alert =
    '<EventNotificationAlert><eventType>VMD</eventType><eventState>active</eventState><channelID>1</channelID></EventNotificationAlert>'
  const { contentType, body } = contentOf(alert, Uint8Array.of(0xff, 0xd8, 10, 0xff, 0xd9))
  const wanted = ['event VMD active channel 1', 'part: image/jpeg (5 bytes)']

  it('is told with its pictures, of a known length and in chunks, and what follows is read', () => {
    const head = `POST /push HTTP/1.1\r\nContent-Type: ${contentType}\r\n`
    const next = utf8('GET /next HTTP/1.1\r\n\r\n')
    const measured = concat([utf8(`${head}Content-Length: ${body.length}\r\n\r\n`), body, next])
    const chunks = [body.subarray(0, 9), body.subarray(9)].flatMap((chunk) => [
      utf8(`${chunk.length.toString(16)}\r\n`),
      chunk,
      utf8('\r\n'),
    ])
    const chunked = concat([utf8(`${head}Transfer-Encoding: chunked\r\n\r\n`), ...chunks, utf8('0\r\n\r\n'), next])
    for (const bytes of [measured, chunked])
      for (const size of [1, 5, 4000]) {
        const said = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => ({
          byClient: true,
          bytes: bytes.subarray(i * size, (i + 1) * size),
        }))
        const { texts, faults } = talkOf(said)
        expect(texts.slice(1)).toEqual([...wanted, 'GET /next'])
        expect(faults).toBe(0)
      }
  })

  it('has a part that cannot be read as a fault, and goes on with the next', () => {
    const part = (text: string) =>
      `--b\r\nContent-Type: application/xml\r\nContent-Length: ${text.length}\r\n\r\n${text}\r\n`
    const stream = `HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${part('<a><b>')}${part(alert)}--b\r\n`
    const { lines } = talkOf([{ byClient: false, bytes: utf8(stream) }])
    expect(lines.map(({ kind }) => kind)).toEqual(['message', 'fault', 'message'])
    expect(lines[2]!.text).toBe(wanted[0])
  })
})

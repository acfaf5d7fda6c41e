// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Clock, fromUtf8 } from '@openhmp/protocol/base'
import { authorizationFor, type HashName, parseChallenges } from '@openhmp/protocol/digest'
import { decodeRtcp } from '@openhmp/protocol/rtcp'
import { RtpPacket } from '@openhmp/protocol/rtp'
import { encodeRequest, type RtspResponse, RtspSplitter } from '@openhmp/protocol/rtsp'
import { describeMedia, parseSdp } from '@openhmp/protocol/sdp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceFace, Power } from '../device/api.ts'
import { type Faults, noFaults } from '../device/fault.ts'
import { Seats } from '../device/seats.ts'
import { type Clip, ClipTrack } from '../media/clip.ts'
import { LiveCamera } from '../media/live.ts'
import { Pacer } from '../media/pacer.ts'
import { listenRtsp, MAX_RTSP_CONNECTIONS, type RtspListener, type RtspListenerOptions } from './listener.ts'

/** Time stands still unless a test moves it. */
class StillClock implements Clock {
  ms = 1_000_000
  readonly #sleepers = new Set<() => void>()
  now = (): number => this.ms
  monotonic = (): number => this.ms
  sleep(ms: number, options: { signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options
    const until = this.ms + ms
    return new Promise((resolve, reject) => {
      if (signal?.aborted) reject(signal.reason)
      const wake = () => {
        if (this.ms < until) return
        this.#sleepers.delete(wake)
        resolve()
      }
      this.#sleepers.add(wake)
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }
  advance(ms: number): void {
    this.ms += ms
    for (const wake of [...this.#sleepers]) wake()
  }
}

const nal = (type: number, size: number) => new Uint8Array(size).fill(0xab).fill(type, 0, 1)
const h264 = new ClipTrack({
  codec: 'h264',
  units: [
    { ticks: 0, isKey: true, data: [nal(0x67, 8), nal(0x68, 4), nal(0x65, 4000)] },
    { ticks: 3600, isKey: false, data: [nal(0x41, 500)] },
    { ticks: 7200, isKey: false, data: [nal(0x41, 500)] },
  ],
  loopTicks: 10_800,
  parameterSets: [nal(0x67, 8), nal(0x68, 4)],
  dimensions: { width: 640, height: 360 },
})
const pcma = new ClipTrack({
  codec: 'pcma',
  units: [{ ticks: 0, isKey: true, data: [nal(0xd5, 320)] }],
  loopTicks: 320,
})

const clip = {
  name: 'yard',
  title: 'Yard',
  loopMs: 120,
  main: h264,
  sub: h264,
  audio: { pcma },
  pictures: [],
  motions: [],
}

const hash = (name: HashName, text: string) =>
  createHash(name === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex')

let clock: StillClock
let pacer: Pacer
let listener: RtspListener
let logins: [string | undefined, boolean][]
let faults: Faults
let power: Power
let powerListeners: Set<(power: Power) => void>

const deviceOf = (shown: Clip = clip): DeviceFace => {
  const camera = new LiveCamera({ clip: shown, pacer, law: 'pcma', random: () => 90_000 })
  return {
    identity: {
      index: 0,
      kind: 'camera',
      name: 'Yard',
      model: 'X',
      serialNumber: 'X1',
      macAddress: '00:00:5e:00:53:01',
      firmwareVersion: 'V5.7',
      realm: 'IP Camera(X1)',
    },
    get faults() {
      return faults
    },
    rtspSeats: new Seats(2),
    get power() {
      return power
    },
    onPower: (tell) => {
      powerListeners.add(tell)
      return { [Symbol.dispose]: () => powerListeners.delete(tell) }
    },
    passwordOf: (user) => (user === 'admin' ? 'secret' : undefined),
    loginResult: (user, ok) => logins.push([user, ok]),
    stream: (id) => (id === 101 ? camera.main : id === 102 ? camera.sub : undefined),
    streamIds: [101, 102],
    channelName: () => 'Yard',
    handle: () => Promise.reject(new Error('not asked')),
    watchEvents: () => ({ [Symbol.dispose]: () => undefined }),
  }
}

const start = async (options: Partial<RtspListenerOptions> = {}): Promise<void> => {
  listener = await listenRtsp({ device: deviceOf(), host: '127.0.0.1', port: 0, clock, ...options })
}

/** A client that says what it is told to, and answers challenges unless told not to. */
class Talk {
  readonly socket: Socket
  readonly media: [channel: number, packet: Uint8Array][] = []
  readonly closed: Promise<unknown>
  #cseq = 0
  #answer: ((response: RtspResponse) => void) | undefined
  #authorize: ((method: string, url: string) => string) | undefined
  #onMedia: (() => void) | undefined

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
    this.socket.on('error', () => undefined)
    const splitter = new RtspSplitter({
      onMessage: (message) => message.kind === 'response' && this.#answer?.(message),
      onMedia: (channel, packet) => {
        this.media.push([channel, packet.slice()])
        this.#onMedia?.()
      },
    })
    this.socket.on('data', (chunk) => splitter.push(chunk))
  }

  ask(method: string, url: string, headers: Record<string, string> = {}): Promise<RtspResponse> {
    const authorization = this.#authorize?.(method, url)
    const all = { CSeq: String(++this.#cseq), ...(authorization ? { Authorization: authorization } : {}), ...headers }
    return new Promise((resolve) => {
      this.#answer = resolve
      this.socket.write(encodeRequest({ method, url, headers: Object.entries(all) }))
    })
  }

  async login(url: string, password = 'secret', method = 'DESCRIBE'): Promise<RtspResponse> {
    const refused = await this.ask(method, url)
    const [challenge] = parseChallenges(refused.headers.getAll('WWW-Authenticate'))
    const authorization = authorizationFor(challenge!, { username: 'admin', password, hash, cnonce: () => 'c' })
    this.#authorize = (m, u) => authorization.header(m, u)
    return this.ask(method, url)
  }

  async received(count: number): Promise<void> {
    while (this.media.length < count) await new Promise<void>((resolve) => (this.#onMedia = resolve))
  }
}

/** Of the last whole picture, counted from the camera's start (its first timestamp is 90000). */
const lastTimestamp = (talk: Talk): number => {
  const last = talk.media.findLast(([channel]) => channel === 0)
  return last ? RtpPacket.decode(last[1]).timestamp - 90_000 : 0
}

const urlOf = (path: string) => `rtsp://127.0.0.1:${listener.port}${path}`
const main = '/Streaming/Channels/101'
const tcp = (channel: number) => ({ Transport: `RTP/AVP/TCP;unicast;interleaved=${channel}-${channel + 1}` })

beforeEach(() => {
  clock = new StillClock()
  pacer = new Pacer(clock)
  logins = []
  faults = noFaults
  power = 'up'
  powerListeners = new Set()
})
afterEach(async () => {
  await listener[Symbol.asyncDispose]()
  await pacer[Symbol.asyncDispose]()
  expect(listener.connections).toBe(0)
  expect(powerListeners.size).toBe(0)
})

describe('RTSP of an emulated device', () => {
  it('challenges as a camera does, and tells the device of logins', async () => {
    await start()
    const talk = new Talk(listener.port)
    expect((await talk.ask('OPTIONS', urlOf(main))).headers.get('Public')).toContain('DESCRIBE')
    const refused = await talk.ask('DESCRIBE', urlOf(main))
    expect(refused.status).toBe(401)
    expect(refused.headers.get('WWW-Authenticate')).toMatch(
      /^Digest realm="IP Camera\(X1\)", nonce="[0-9a-f]{40}", stale="FALSE"$/,
    )
    expect((await talk.login(urlOf(main), 'wrong')).status).toBe(401)
    expect((await talk.login(urlOf(main))).status).toBe(200)
    expect(logins).toEqual([
      ['admin', false],
      ['admin', false],
      ['admin', true],
    ])
  })

  it('asks for SHA-256 beside MD5, and Basic, where its profile says so', async () => {
    await start({ login: { algorithms: ['MD5', 'SHA-256'], qop: true, basic: true } })
    const talk = new Talk(listener.port)
    const headers = (await talk.ask('DESCRIBE', urlOf(main))).headers.getAll('WWW-Authenticate')
    expect(headers).toHaveLength(3)
    expect(headers[1]).toContain('algorithm="SHA-256"')
    expect(parseChallenges(headers).map((one) => one.scheme)).toEqual(['digest', 'digest', 'basic'])
    expect((await talk.login(urlOf(main))).status).toBe(200)
  })

  it('describes its stream', async () => {
    await start()
    const talk = new Talk(listener.port)
    const described = await talk.login(urlOf(`${main}?transportmode=unicast`))
    const text = fromUtf8(described.body)
    expect(text).toContain('a=Media_header:MEDIAINFO=494D4B48010200000400000111710110401F000000FA0000')
    expect(describeMedia(parseSdp(text), described.headers.get('Content-Base'))).toMatchObject([
      { codec: 'h264', direction: 'recvonly', control: urlOf(`${main}/trackID=1?transportmode=unicast`) },
      { codec: 'pcma', payloadType: 8, control: urlOf(`${main}/trackID=2?transportmode=unicast`) },
    ])
  })

  it('sends reports and pictures in the connection, from the last key picture on', async () => {
    await start()
    const talk = new Talk(listener.port)
    await talk.login(urlOf(main))
    const set = await talk.ask('SETUP', urlOf(`${main}/trackID=1`), tcp(0))
    const ssrc = /ssrc=([0-9A-F]{8})/.exec(set.headers.get('Transport') ?? '')?.[1]
    const session = { Session: set.headers.get('Session')!.split(';')[0]! }
    expect((await talk.ask('SETUP', urlOf(`${main}/trackID=2`), { ...tcp(2), ...session })).status).toBe(200)
    const played = await talk.ask('PLAY', urlOf(main), { ...session, Range: 'npt=0.000-' })
    await talk.received(3)
    const info = /trackID=1;seq=(\d+);rtptime=(\d+)/.exec(played.headers.get('RTP-Info') ?? '')
    const [report, first] = talk.media
    expect(report![0]).toBe(1)
    expect(decodeRtcp(report![1])[0]).toMatchObject({ kind: 'senderReport', ssrc: Number.parseInt(ssrc!, 16) })
    const packet = RtpPacket.decode(first![1])
    expect([packet.sequence, packet.timestamp]).toEqual([Number(info![1]), Number(info![2])])
    const before = talk.media.length
    clock.advance(45)
    await talk.received(before + 2)
    expect(talk.media.some(([channel]) => channel === 2)).toBe(true)
    expect((await talk.ask('PAUSE', urlOf(main), session)).status).toBe(200)
    expect((await talk.ask('PLAY', urlOf(main), session)).status).toBe(200)
    expect((await talk.ask('TEARDOWN', urlOf(main), session)).status).toBe(200)
    expect((await talk.ask('PLAY', urlOf(main), session)).status).toBe(454)
  })

  it('sheds whole pictures for a client that does not read, and goes on with a key picture', async () => {
    const picture = (type: number, i: number) => ({ ticks: 3600 * i, isKey: type === 0x65, data: [nal(type, 300_000)] })
    const units = [0x65, 0x41, 0x41, 0x41].map(picture)
    const large = new ClipTrack({ codec: 'h264', units, loopTicks: 14_400, dimensions: { width: 640, height: 360 } })
    await start({ device: deviceOf({ ...clip, main: large, sub: large, audio: {}, loopMs: 160 }) })
    const talk = new Talk(listener.port)
    await talk.login(urlOf(main))
    const set = await talk.ask('SETUP', urlOf(`${main}/trackID=1`), tcp(0))
    await talk.ask('PLAY', urlOf(main), { Session: set.headers.get('Session')!.split(';')[0]! })
    await talk.received(2)
    talk.socket.pause()
    for (let i = 0; i < 200; i++) {
      clock.advance(40)
      await new Promise((resolve) => setImmediate(resolve))
    }
    talk.socket.resume()
    // The last picture may still be on its way; those before it are whole.
    const sentMs = clock.ms
    while (lastTimestamp(talk) < 90 * (sentMs - 1_000_000)) {
      clock.advance(40)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const packets = talk.media.filter(([channel]) => channel === 0).map(([, packet]) => RtpPacket.decode(packet))
    const pictures = Map.groupBy(packets, (packet) => packet.timestamp)
    expect(packets.every((packet, i) => i === 0 || packet.sequence === ((packets[i - 1]!.sequence + 1) & 0xffff))).toBe(
      true,
    )
    expect(new Set([...pictures.values()].slice(0, -1).map((all) => all.length)).size).toBe(1)
    const times = [...pictures.keys()]
    const gaps = times.filter((time, i) => i > 0 && time !== times[i - 1]! + 3600)
    expect(gaps.length).toBeGreaterThan(0)
    for (const time of gaps) expect(pictures.get(time)![0]!.payload[1]! & 0x1f).toBe(5)
  })

  it('sends over UDP from its pair of ports, and ends a session that gives no sign of life', async () => {
    await start()
    const rtp = createSocket('udp4')
    const rtcp = createSocket('udp4')
    const gone = [once(rtp, 'close'), once(rtcp, 'close')]
    rtp.bind(0, '127.0.0.1')
    rtcp.bind(0, '127.0.0.1')
    await Promise.all([once(rtp, 'listening'), once(rtcp, 'listening')])
    const talk = new Talk(listener.port)
    await talk.login(urlOf(main))
    const ports = `${rtp.address().port}-${rtcp.address().port}`
    const set = await talk.ask('SETUP', urlOf(`${main}/trackID=1`), {
      Transport: `RTP/AVP;unicast;client_port=${ports}`,
    })
    const granted = /server_port=(\d+)-(\d+)/.exec(set.headers.get('Transport') ?? '')!
    expect(Number(granted[2])).toBe(Number(granted[1]) + 1)
    const session = { Session: set.headers.get('Session')!.split(';')[0]! }
    const datagrams = Promise.all([once(rtp, 'message'), once(rtcp, 'message')])
    await talk.ask('PLAY', urlOf(main), session)
    const [[packet, from], [report]] = await datagrams
    expect(from.port).toBe(Number(granted[1]))
    expect(RtpPacket.decode(packet).payloadType).toBe(96)
    expect(decodeRtcp(report)[0]).toMatchObject({ kind: 'senderReport' })
    clock.advance(59_000)
    expect((await talk.ask('GET_PARAMETER', urlOf(main), session)).status).toBe(200)
    clock.advance(59_000)
    expect((await talk.ask('GET_PARAMETER', urlOf(main), session)).status).toBe(200)
    clock.advance(62_000)
    await Promise.resolve()
    expect((await talk.ask('GET_PARAMETER', urlOf(main), session)).status).toBe(454)
    rtp.close()
    rtcp.close()
    await Promise.all(gone)
  })

  it.each([
    ['404 for a stream that is not there', 'DESCRIBE', '/Streaming/Channels/901', {}, 404],
    ['404 for a track that is not there', 'SETUP', `${main}/trackID=3`, tcp(0), 404],
    ['459 for a presentation of two tracks at once', 'SETUP', main, tcp(0), 459],
    ['461 for multicast', 'SETUP', `${main}/trackID=1`, { Transport: 'RTP/AVP;multicast;port=8860-8861' }, 461],
    ['454 for a session of somebody else', 'PLAY', main, { Session: '1234567890' }, 454],
    ['551 for what it does not support', 'DESCRIBE', main, { Require: 'www.onvif.org/ver20/backchannel' }, 551],
  ])('answers %s', async (_, method, path, headers, status) => {
    await start()
    const talk = new Talk(listener.port)
    await talk.login(urlOf(main))
    expect((await talk.ask(method, urlOf(path), headers)).status).toBe(status)
  })

  it('is deaf while it is down, and back on the same port', async () => {
    await start()
    const { port } = listener
    const talk = new Talk(port)
    await talk.ask('OPTIONS', urlOf(main))
    power = 'down'
    for (const tell of powerListeners) tell(power)
    await talk.closed
    const refused = connect(port, '127.0.0.1')
    await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    power = 'up'
    for (const tell of powerListeners) tell(power)
    for (let tries = 0; tries < 1000; tries++) {
      const again = new Talk(port)
      const isThere = await Promise.race([
        again.closed.then(() => false),
        again.ask('OPTIONS', urlOf(main)).then(() => true),
      ])
      again.socket.destroy()
      if (isThere) return
    }
    expect.unreachable()
  })

  it('shows its faults', async () => {
    faults = { ...noFaults, rtspStatus: 503, splitBytes: 1 }
    await start()
    const talk = new Talk(listener.port)
    expect((await talk.login(urlOf(main))).status).toBe(503)
    faults = { ...noFaults, isNonsense: true }
    const other = connect(listener.port, '127.0.0.1')
    other.write('OPTIONS * RTSP/1.0\r\n\r\n')
    const [nonsense] = await once(other, 'data')
    expect(fromUtf8(nonsense)).not.toContain('RTSP/1.0')
    other.destroy()
  })

  it('takes no more connections than its limit', async () => {
    await start()
    const talks = Array.from({ length: MAX_RTSP_CONNECTIONS }, () => new Talk(listener.port))
    await Promise.all(talks.map((talk) => talk.ask('OPTIONS', urlOf(main))))
    expect(listener.connections).toBe(MAX_RTSP_CONNECTIONS)
    const oneMore = new Talk(listener.port)
    await oneMore.closed
    for (const talk of talks) talk.socket.destroy()
  })

  it('plays to so many and no more, until one has gone', async () => {
    await start()
    const setup = async () => {
      const talk = new Talk(listener.port)
      await talk.login(urlOf(main))
      const { status } = await talk.ask('SETUP', urlOf(`${main}/trackID=1`), tcp(0))
      return { talk, status }
    }
    const talks = [await setup(), await setup(), await setup()]
    expect(talks.map(({ status }) => status)).toEqual([200, 200, 453])
    talks[0]!.talk.socket.destroy()
    await expect.poll(async () => (await setup()).status).toBe(200)
  })

  it('closes a connection on which nothing is said', async () => {
    await start()
    const talk = new Talk(listener.port)
    await talk.ask('OPTIONS', urlOf(main))
    clock.advance(61_000)
    await talk.closed
  })
})

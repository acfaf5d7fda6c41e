// SPDX-License-Identifier: Apache-2.0
/** A whole server on loopback for the system tests, with what stands around it: a browser's calls, its feed, its viewer. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { carryOverWebSocket, HMP_SUBPROTOCOL, MAX_HMP_MESSAGE_BYTES } from '@openhmp/client'
import { API_ROOT, type Device, type LiveMessage, type NewDevice } from '@openhmp/contract'
import { HmpSession, type OpenStream, type ReceivedUnit } from '@openhmp/protocol/session'
import pino from 'pino'
import { WebSocket } from 'ws'
import { type Server, type ServerOptions, startServer, systemClock } from '../src/index.ts'

export const PASSWORD = 'correct horse battery'
const clock = systemClock

/** Data and key of one server, kept over restarts. */
export interface Place extends Disposable {
  readonly dataDir: string
  readonly keyFile: string
}

export const makePlace = (): Place => {
  const root = mkdtempSync(join(tmpdir(), 'hmp-server-'))
  return {
    dataDir: join(root, 'data'),
    keyFile: join(root, 'keys', 'key'),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** What most answers are looked at for; calls that want more name their own shape. */
interface Common {
  readonly code: string
  readonly text: string
}

export interface Answer<T = Common> {
  readonly status: number
  readonly body: T
  readonly bytes: Buffer
  readonly headers: Record<string, string | string[] | undefined>
}

export interface AddedDevice {
  readonly device: Device
  readonly token: string | null
}

/** A server, and a browser that has signed in to it. */
export interface House extends AsyncDisposable {
  readonly server: Server
  readonly cookie: string
  readonly errors: string[]
  call<T = Common>(method: string, path: string, body?: unknown): Promise<Answer<T>>
  /** Adds a device; fails when it is refused. */
  add(wish: NewDevice): Promise<AddedDevice>
  /** A call with another's cookie. */
  as<T = Common>(cookie: string, method: string, path: string, body?: unknown): Promise<Answer<T>>
  /** The cookie of somebody who signs in. */
  enter(name: string, password: string): Promise<string>
  /** Follows the feed; as the administrator unless another's cookie is given. */
  follow(as?: string): Feed
  /** Opens a viewer's session; `port`: of a cable that leads to the server, `as`: another's cookie. */
  view(options?: { port?: number; as?: string }): Promise<Viewer>
}

export interface Feed extends Disposable {
  readonly messages: { readonly atMs: number; readonly message: LiveMessage }[]
  /** The first message that fits, past or to come. */
  until<M extends LiveMessage = LiveMessage>(fits: (message: LiveMessage) => boolean, withinMs?: number): Promise<M>
}

export interface Viewer extends AsyncDisposable {
  readonly session: HmpSession
  readonly socket: WebSocket
  open(
    device: string,
    options?: Partial<{ channel: number; profile: 'main' | 'sub'; media: ('video' | 'audio')[] }>,
  ): Promise<Watched>
}

export interface Watched {
  readonly stream: OpenStream
  readonly units: ReceivedUnit[]
  /** When each unit was whole, `performance.now()`. */
  readonly arrivals: number[]
  readonly sdps: string[]
  ended: { code: string; text: string } | undefined
  /** Resolves once this many units have come. */
  count(n: number, withinMs?: number): Promise<void>
}

/** Asks until it is true. */
export const until = async (
  isSo: () => boolean | Promise<boolean>,
  withinMs = 5000,
  what = 'what was awaited',
): Promise<number> => {
  const start = performance.now()
  while (!(await isSo())) {
    if (performance.now() - start > withinMs) throw new Error(`${what} did not come within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return performance.now() - start
}

export const send = <T>(
  server: Server,
  method: string,
  path: string,
  cookie: string,
  body: unknown,
): Promise<Answer<T>> =>
  new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const headers = {
      cookie,
      origin: server.url,
      ...(payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
    }
    const options = {
      host: '127.0.0.1',
      port: server.port,
      method,
      path,
      headers,
      ca: server.caPem,
      servername: 'localhost',
      agent: false,
    }
    const outgoing = request(options, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const isJson = /json\b/.test(answer.headers['content-type'] ?? '')
        resolve({
          status: answer.statusCode ?? 0,
          body: (isJson ? JSON.parse(bytes.toString()) : {}) as T,
          bytes,
          headers: answer.headers,
        })
      })
    })
    outgoing.setHeader('host', new URL(server.url).host)
    outgoing.on('error', reject)
    outgoing.end(payload)
  })

const enter = async (server: Server, name: string, password: string): Promise<string> => {
  const { headers } = await send(server, 'POST', `${API_ROOT}/session`, '', { name, password })
  return String(headers['set-cookie']).split(';')[0]!
}

/** Starts a server and signs in. */
export const openHouse = async (place: Place, more: Partial<ServerOptions> = {}): Promise<House> => {
  const errors: string[] = []
  const log = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) })
  const server = await startServer({
    ...place,
    port: 0,
    host: '127.0.0.1',
    adminPassword: PASSWORD,
    allowLoopback: true,
    passwordCost: { memoryKib: 64, passes: 1 },
    clock,
    log,
    ...more,
  })
  const cookie = await enter(server, 'admin', PASSWORD)
  const open: (Disposable | AsyncDisposable)[] = []
  return {
    server,
    cookie,
    errors,
    call: (method, path, body) => send(server, method, API_ROOT + path, cookie, body),
    add: async (wish) => {
      const { status, body } = await send<AddedDevice>(server, 'POST', `${API_ROOT}/devices`, cookie, wish)
      if (status !== 200) throw new Error(`adding was answered ${status}: ${JSON.stringify(body)}`)
      return body
    },
    as: (another, method, path, body) => send(server, method, API_ROOT + path, another, body),
    enter: (name, password) => enter(server, name, password),
    follow: (as = cookie) => {
      const feed = followFeed(server, as)
      open.push(feed)
      return feed
    },
    view: async ({ port = server.port, as = cookie } = {}) => {
      const viewer = await openViewer(server, as, port)
      open.push(viewer)
      return viewer
    },
    [Symbol.asyncDispose]: async () => {
      for (const one of open) {
        if (Symbol.asyncDispose in one) await one[Symbol.asyncDispose]()
        else one[Symbol.dispose]()
      }
      await server[Symbol.asyncDispose]()
    },
  }
}

const followFeed = (server: Server, cookie: string): Feed => {
  const messages: { atMs: number; message: LiveMessage }[] = []
  const options = {
    host: '127.0.0.1',
    port: server.port,
    path: `${API_ROOT}/live`,
    ca: server.caPem,
    servername: 'localhost',
    agent: false as const,
  }
  const outgoing = request({ ...options, headers: { cookie } }, (answer) => {
    let rest = ''
    answer.setEncoding('utf8').on('data', (text: string) => {
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop()!
      for (const block of blocks)
        for (const line of block.split('\n'))
          if (line.startsWith('data: '))
            messages.push({ atMs: performance.now(), message: JSON.parse(line.slice(6)) as LiveMessage })
    })
    answer.on('error', () => {})
  })
  outgoing.on('error', () => {})
  outgoing.end()
  return {
    messages,
    until: async <M extends LiveMessage>(fits: (message: LiveMessage) => boolean, withinMs = 5000) => {
      await until(() => messages.some(({ message }) => fits(message)), withinMs, 'a message of the feed')
      return messages.find(({ message }) => fits(message))!.message as M
    },
    [Symbol.dispose]: () => outgoing.destroy(),
  }
}

const openViewer = async (server: Server, cookie: string, port: number): Promise<Viewer> => {
  const tls = { ca: server.caPem, servername: 'localhost' }
  const socket = new WebSocket(`wss://127.0.0.1:${port}/api/v1/hmp`, HMP_SUBPROTOCOL, {
    ...tls,
    headers: { cookie, origin: server.url, host: new URL(server.url).host },
    perMessageDeflate: false,
    maxPayload: MAX_HMP_MESSAGE_BYTES,
  })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const session = await new Promise<HmpSession>((resolve, reject) => {
    const made = carryOverWebSocket(
      socket,
      ({ write, close }) =>
        new HmpSession({
          side: 'dialler',
          role: 'console',
          identity: 'console',
          software: 'test',
          login: { kind: 'carrier' },
          now: () => clock.monotonic(),
          wallNow: () => clock.now(),
          random: (count) => randomBytes(count),
          write,
          onRequest: async () => ({ status: 404 }),
          onOpen: () => resolve(made),
          onClose: (closing) => {
            clearInterval(ticking)
            close(closing)
            reject(new Error(closing.text))
          },
        }),
    )
    const ticking = setInterval(() => made.tick(), 50)
  })
  return {
    session,
    socket,
    open: async (device, { channel = 1, profile = 'main', media } = {}) => {
      const units: ReceivedUnit[] = []
      const arrivals: number[] = []
      const sdps: string[] = []
      const watched = { units, arrivals, sdps, ended: undefined as Watched['ended'] }
      const wanted: readonly ('video' | 'audio')[] = media ?? ['video']
      const stream = await session.openStream(
        { device, channel, profile, media: wanted, kind: 'live' },
        {
          signal: AbortSignal.timeout(15_000),
          onUnit: (unit) => {
            units.push(unit)
            arrivals.push(performance.now())
          },
          onSdp: (sdp) => sdps.push(sdp),
          onEnd: (end) => {
            watched.ended = end
          },
        },
      )
      return Object.assign(watched, {
        stream,
        count: async (n: number, withinMs = 5000) => void (await until(() => units.length >= n, withinMs, `unit ${n}`)),
      })
    },
    [Symbol.asyncDispose]: async () => {
      session.close('shutdown')
      socket.terminate()
    },
  }
}

/** Waits for a state of a device. */
export const awaitState = async (
  house: House,
  id: string,
  state: Device['state']['state'],
  withinMs = 12_000,
): Promise<Device> => {
  let device: Device | undefined
  await until(
    async () => {
      device = (await house.call<Device>('GET', `/devices/${id}`)).body
      return device?.state?.state === state
    },
    withinMs,
    `state ${state}`,
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(device?.state)}`)
  })
  return device!
}

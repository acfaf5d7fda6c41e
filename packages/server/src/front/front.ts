// SPDX-License-Identifier: Apache-2.0
/**
 * The one port. Each connection's ClientHello is looked at, and the socket handed, with what was read of it, to one of the
 * TLS servers: `hmp/1` to that of devices, all else to the web's. Browsers see the owner's certificate under its names; who pins our
 * own authority (`hmp-pin/1`, docs/protocol/hmp.md §2.4) always sees that. Who speaks plain HTTP is told where to go.
 */
import type { IncomingMessage } from 'node:http'
import { createServer as createWebServer, type Server as WebServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import { type Clock, concat, Refusal } from '@openhmp/protocol/base'
import type { ServerCertificate } from './authority.ts'
import { MAX_HELLO_BYTES, readClientHello } from './client-hello.ts'
import type { OwnCertificate } from './own-certificate.ts'

/** Connections that have not shown their ClientHello yet; one more is dropped at once. */
export const MAX_GREETING = 2000
/** All connections of the port. */
export const MAX_CONNECTIONS = 20_000
/** From the connection to the end of the TLS handshake. */
const GREETING_MS = 5000
/** From the first byte of a request to the end of its head. */
const HEADERS_MS = 10_000
/** To the end of its body, of JSON; of a file, whose line may be slow. */
const BODY_MS = 60_000
const FILE_MS = 60 * 60_000
/** How often they are looked at: Node's own 30 s would let a slow head live for 40. */
const LOOK_MS = 2000
const ALPN_HMP = 'hmp/1'
/** Offered by who pins our authority on the web. */
const ALPN_PIN = 'hmp-pin/1'

/** What the front is made with. */
export interface FrontOptions {
  readonly certificate: ServerCertificate
  /** PEM of the authority of devices' certificates, which `hmp/1` asks for. */
  readonly deviceCa: string
  readonly clock: Clock
  /** Default MAX_GREETING. */
  readonly maxGreeting?: number
  /** Default HEADERS_MS and BODY_MS. */
  readonly patience?: { readonly headersMs: number; readonly bodyMs: number }
  /** A device has connected and TLS is up; it is still a stranger. */
  onDevice(socket: TLSSocket): void
}

/** Owns the port and all its connections until disposed. */
export class Front implements AsyncDisposable {
  /** For the REST API, the console and WebSockets. */
  readonly web: WebServer
  /** The same, for who pins. */
  readonly #pinned: WebServer
  readonly #devices: TlsServer
  #own: OwnCertificate | undefined
  readonly #deviceTrust: { readonly ca: string[]; readonly requestCert: true; readonly rejectUnauthorized: false }
  readonly #listener: Server
  readonly #clock: Clock
  readonly #maxGreeting: number
  readonly #sockets = new Set<Socket>()
  #greeting = 0
  #closed: Promise<void> | undefined
  #url = ''
  #port = 0

  constructor(options: FrontOptions) {
    this.#clock = options.clock
    this.#maxGreeting = options.maxGreeting ?? MAX_GREETING
    const { key, cert } = options.certificate
    const tls = { key, cert, minVersion: 'TLSv1.3', handshakeTimeout: GREETING_MS } as const
    const { headersMs, bodyMs } = options.patience ?? { headersMs: HEADERS_MS, bodyMs: BODY_MS }
    // 65 s keeps a browser's idle connection for its next click; headers have to come at once.
    const limits = {
      headersTimeout: headersMs,
      requestTimeout: FILE_MS,
      connectionsCheckingInterval: Math.min(LOOK_MS, headersMs),
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16 * 1024,
    }
    const web = { ...tls, ...limits, ALPNProtocols: ['http/1.1'] }
    this.web = createWebServer({
      ...web,
      SNICallback: (name, choose) => choose(null, this.#own?.covers(name) ? this.#own.context : undefined),
    })
    this.#pinned = createWebServer(web)
    for (const event of ['request', 'upgrade', 'clientError'])
      this.#pinned.on(event, (...said: unknown[]) => void this.web.emit(event, ...said))
    // Who comes without a certificate logs in by key; what is wrong with one is told in a goodbye.
    this.#deviceTrust = { ca: [options.deviceCa], requestCert: true, rejectUnauthorized: false } as const
    this.#devices = createTlsServer({ ...tls, ...this.#deviceTrust, ALPNProtocols: [ALPN_HMP] })
    this.#devices.on('secureConnection', (socket) => {
      if (socket.alpnProtocol !== ALPN_HMP) socket.destroy()
      else options.onDevice(socket)
    })
    for (const server of [this.web, this.#pinned, this.#devices])
      server.on('tlsClientError', (_error: unknown, socket: TLSSocket) => {
        socket.destroy()
      })
    this.web.on('clientError', (_error, socket) => {
      const refusal = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'
      if (socket.writable) socket.end(refusal, () => socket.destroy()) // who is slow does not close, either
    })
    this.web.on('request', (request) => this.#hurry(request, bodyMs))
    // It never listens itself; Node looks after slow heads only where it believes so.
    for (const server of [this.web, this.#pinned]) server.emit('listening')
    this.#listener = createServer({ noDelay: true }, (socket) => this.#greet(socket))
    this.#listener.maxConnections = MAX_CONNECTIONS
  }

  /** Opens the port. Rejects with `Refusal` `port.taken`, `port.forbidden`. */
  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', (error: NodeJS.ErrnoException) => {
        if (host === '::' && error.code === 'EAFNOSUPPORT') this.listen('0.0.0.0', port).then(resolve, reject)
        else reject(portRefusal(error, port))
      })
      this.#listener.listen({ host, port }, () => {
        this.#listener.removeAllListeners('error')
        const address = this.#listener.address()
        this.#port = typeof address === 'object' && address ? address.port : port
        resolve()
      })
    })
    this.#url = `https://localhost:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return this.#url
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** From now on new connections see another certificate. */
  setCertificate({ key, cert }: ServerCertificate): void {
    for (const server of [this.web, this.#pinned]) server.setSecureContext({ key, cert, minVersion: 'TLSv1.3' })
    this.#devices.setSecureContext({ key, cert, minVersion: 'TLSv1.3', ca: this.#deviceTrust.ca })
  }

  /** From now on new connections under its names see the owner's certificate. */
  setOwnCertificate(certificate: OwnCertificate): void {
    this.#own = certificate
  }

  /** What is no file has to come soon. */
  #hurry(request: IncomingMessage, bodyMs: number): void {
    const { headers } = request
    const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
    if (!hasBody || headers['content-type'] === 'application/octet-stream') return
    const over = new AbortController()
    request.once('end', () => over.abort()).once('close', () => over.abort())
    this.#clock.sleep(bodyMs, { signal: over.signal }).then(
      () => request.destroy(),
      () => {}, // in time
    )
  }

  #greet(socket: Socket): void {
    socket.on('error', () => {}) // before TLS owns it, and after: the close is what matters
    if (this.#greeting >= this.#maxGreeting) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    this.#greeting++
    const timer = new AbortController()
    const chunks: Uint8Array[] = []
    const done = () => {
      this.#greeting--
      timer.abort()
      socket.off('data', read)
      socket.off('close', done)
    }
    const read = (chunk: Uint8Array) => {
      chunks.push(chunk)
      const bytes = chunks.length === 1 ? chunk : concat(chunks)
      const first = readClientHello(bytes)
      if (first.kind === 'more' && bytes.length < MAX_HELLO_BYTES) return
      done()
      if (first.kind === 'hello') this.#handOver(socket, bytes, first.protocols)
      else if (first.kind === 'plain') this.#turnAway(socket, bytes)
      else socket.destroy()
    }
    socket.on('data', read)
    socket.once('close', done)
    this.#clock.sleep(GREETING_MS, { signal: timer.signal }).then(
      () => socket.destroy(),
      () => {}, // in time
    )
  }

  #handOver(socket: Socket, bytes: Uint8Array, protocols: readonly string[]): void {
    socket.pause()
    socket.unshift(bytes)
    const isPinned = protocols.includes(ALPN_PIN)
    const server = protocols.includes(ALPN_HMP) ? this.#devices : isPinned ? this.#pinned : this.web
    server.emit('connection', socket)
  }

  /** Plain HTTP on a TLS port: a browser is sent on, anything else reads why nothing works. */
  #turnAway(socket: Socket, bytes: Uint8Array): void {
    const head = Buffer.from(bytes.subarray(0, 4096)).toString('latin1')
    const request = /^(?:GET|HEAD) (\/[^\s]*) HTTP\/1\.[01]\r?\n/.exec(head)
    const host = /\r?\nhost:[ \t]*([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d+)?[ \t]*\r?\n/i.exec(head)?.[1]
    const text = 'This port speaks HTTPS: use https:// instead of http://.\n'
    const fields = `content-type: text/plain\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n`
    if (request && host) {
      const to = `https://${host}:${socket.localPort}${request[1]}`
      socket.end(`HTTP/1.1 308 Permanent Redirect\r\nlocation: ${to}\r\n${fields}${text}`)
    } else if (/^[A-Z]+ \S+ HTTP\//.test(head)) socket.end(`HTTP/1.1 400 Bad Request\r\n${fields}${text}`)
    else socket.destroy()
  }

  /** No new connections from now on; those that are open stay. */
  close(): void {
    this.#closed ??= new Promise((resolve) => this.#listener.close(() => resolve()))
  }

  /** No new connections; those that are open are cut. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    for (const server of [this.web, this.#pinned]) server.close() // their look at slow heads
    for (const socket of this.#sockets) socket.destroy()
    await this.#closed
  }
}

const portRefusal = (error: NodeJS.ErrnoException, port: number): Error => {
  if (error.code === 'EADDRINUSE')
    return new Refusal('conflict', 'port.taken', `port ${port} is taken by another program`)
  if (error.code === 'EACCES')
    return new Refusal(
      'forbidden',
      'port.forbidden',
      `port ${port} needs rights that this user has not: choose one above 1023`,
    )
  return error
}

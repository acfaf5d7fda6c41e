// SPDX-License-Identifier: Apache-2.0
/**
 * The HTTP port of one emulated device, and its HTTPS port where it has one: login, then the ISAPI function or the alert stream. Faults act here: slow,
 * nonsense, half-open, split, wrong-length. While the device is down nothing listens.
 */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { Clock } from '@openhmp/protocol/base'
import { DigestVerifier, type HashName, type Verdict } from '@openhmp/protocol/digest'
import type { DeviceResponse, Power } from '../device/api.ts'
import type { EmulatedDevice } from '../device/device.ts'
import { webSessionOf } from '../device/web-session.ts'
import { dress } from '../isapi/answer.ts'
import type { FirmwareUpload } from '../isapi/maintenance.ts'
import { endUpload, isAlertStream, isOpen, isSubscription, MAX_REQUEST_BYTES, openUpload } from '../isapi/router.ts'
import { openSound, type TalkSink } from '../isapi/talk.ts'
import { serveAlerts, writePieces } from './alert-stream.ts'
import { evilAnswers } from './evil.ts'

/** As cameras tell it in `Keep-Alive`. */
const KEEP_ALIVE_MS = 10_000
/** An upload that stands still for so long has broken off. */
const UPLOAD_IDLE_MS = 30_000
const NONCE_LIFE_MS = 600_000

const nodeHash: Readonly<Record<HashName, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' }
const hash = (name: HashName, text: string): string => createHash(nodeHash[name]).update(text).digest('hex')
/** As a camera makes them: hex of base64 text. */
const nonce = (): string => Buffer.from(randomBytes(18).toString('base64')).toString('hex')

/** Serves a device until disposed. */
export class HttpListener implements AsyncDisposable {
  port = 0
  /** Undefined without HTTPS. */
  httpsPort: number | undefined
  readonly #device: EmulatedDevice
  readonly #clock: Clock
  readonly #host: string
  readonly #verifier: DigestVerifier
  readonly #ending = new AbortController()
  readonly #power: Disposable
  /** Connections that sound comes over. */
  readonly #sounds = new WeakMap<object, TalkSink>()
  readonly #isEvilWith: ReturnType<typeof evilAnswers>
  #hadUpload = false
  #moves: Promise<void> = Promise.resolve()
  readonly #servers = new Set<Server | TlsServer>()
  readonly #certificate: Disposable

  private constructor(device: EmulatedDevice, host: string) {
    this.#device = device
    this.#host = host
    this.#isEvilWith = evilAnswers(device.faults.evil)
    this.#clock = device.clock
    const { algorithms, hasQop: qop, hasBasic: basic } = device.profile
    const { realm } = device.identity
    this.#verifier = new DigestVerifier({ realm, algorithms, qop, basic, hash, nonce, nonceLifeMs: NONCE_LIFE_MS })
    this.#power = device.onPower((power) => this.#onPower(power))
    this.#certificate = device.certificate.onCredentials(({ key, certificate: cert }) => {
      for (const server of this.#servers) if (server instanceof TlsServer) server.setSecureContext({ key, cert })
    })
  }

  /** Listens on `port` and, where it is given, `httpsPort` (0: any free one). Rejects with the system's error when one is taken. */
  static async open(device: EmulatedDevice, host: string, port: number, httpsPort?: number): Promise<HttpListener> {
    const listener = new HttpListener(device, host)
    listener.port = port
    listener.httpsPort = httpsPort
    try {
      await listener.#listen()
    } catch (error) {
      await listener[Symbol.asyncDispose]()
      throw error
    }
    return listener
  }

  async #listen(): Promise<void> {
    const options = { keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      this.#serve(request, response).catch(() => request.socket.destroy()) // the client went, or we are ending
    }
    this.port = await this.#open(createServer(options, serve), this.port)
    if (this.httpsPort === undefined) return
    const { key, certificate: cert } = this.#device.certificate.credentials
    this.httpsPort = await this.#open(createTlsServer({ ...options, key, cert }, serve), this.httpsPort)
  }

  /** Gives the port. */
  async #open(server: Server | TlsServer, port: number): Promise<number> {
    server.requestTimeout = 0 // firmware over a slow line takes as long as it takes
    server.maxConnections = this.#device.profile.limits.httpConnections
    server.maxRequestsPerSocket = this.#device.profile.keepAlive
    server.on('clientError', (error: Error & { rawPacket?: Uint8Array }, socket) => {
      // Sound goes on over a connection whose request has been answered: to HTTP it is nonsense.
      if (!this.#sounds.get(socket)?.(error.rawPacket ?? new Uint8Array())) socket.destroy()
    })
    server.listen(port, this.#host)
    await once(server, 'listening')
    server.on('error', () => undefined) // a connection that failed before it was accepted
    this.#servers.add(server)
    const address = server.address()
    return address !== null && typeof address !== 'string' ? address.port : port
  }

  #onPower(power: Power): void {
    const move = power === 'down' ? () => this.#close() : () => this.#listen()
    // The port was ours a moment ago; if somebody took it, the device stays away until its next change of power.
    this.#moves = this.#moves.then(() => (this.#ending.signal.aborted ? undefined : move())).catch(() => undefined)
  }

  async #close(): Promise<void> {
    const servers = [...this.#servers]
    this.#servers.clear()
    const closed = servers.map((server) => once(server, 'close'))
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
    await Promise.all(closed)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults, profile } = this.#device
    if (faults.isHalfOpen) return
    if (faults.isNonsense) {
      request.socket.end(randomBytes(256))
      return
    }
    if (faults.slowMs > 0) await this.#clock.sleep(faults.slowMs, { signal: this.#ending.signal })
    if (this.#isEvilWith(request, response)) return
    if (faults.evil === 'certificate') {
      response.shouldKeepAlive = false
      this.#device.certificate.reset() // who comes again sees another one
    }
    const { method = 'GET', url = '/' } = request
    const isOpenHere =
      !this.#device.isActivated || (request.headers.authorization === undefined && isOpen(this.#device, method, url))
    const session = webSessionOf(request.headers.cookie)
    const owner = session === undefined ? undefined : this.#device.webSessions.userOf(session)
    const known = isOpenHere || owner !== undefined
    const verdict: Verdict = known ? { ok: true, user: owner ?? '' } : this.#verify(request, method, url)
    if (!verdict.ok) {
      request.resume()
      this.#refuse(
        response,
        url,
        request.headers.authorization ?? '',
        verdict.reason === 'stale' || verdict.reason === 'replay',
      )
      return
    }
    const isAlerts = method === 'GET' && isAlertStream(url, profile.hasBareTree)
    const isSubscribing = method === 'POST' && isSubscription(url, profile.hasBareTree)
    if (this.#device.isActivated && (isAlerts || isSubscribing)) {
      // What it does not have is refused for good.
      const hasIt = isAlerts
        ? faults.eventWay === undefined
        : faults.eventWay !== 'inputs' && profile.media.hasSubscription
      if (!hasIt) return this.#answer(response, dress({ status: 'notSupport' }, profile, url))
      request.resume()
      const seat = this.#device.alertGate.isShut ? undefined : this.#device.alertSeats.take()
      if (!seat) return this.#answer(response, dress({ status: 'deviceBusy' }, profile, url))
      response.once('close', () => seat[Symbol.dispose]())
      serveAlerts(this.#device, response, isSubscribing)
      return
    }
    const sound = openSound(this.#device, method, url)
    if (sound !== undefined) return this.#takeSound(request, response, sound)
    const contentType = request.headers['content-type']
    const head = { method, target: url, contentType, user: verdict.user, session: owner && session }
    using upload = openUpload(this.#device, head)
    if (upload) request.setTimeout(UPLOAD_IDLE_MS, () => request.destroy())
    const answer = upload
      ? await this.#takeUpload(request, upload, url)
      : await this.#device.handle({ ...head, body: await readBody(request) })
    if (this.#device.isRebooting && faults.isHangingUp) request.socket.destroy()
    else this.#answer(response, answer)
  }

  /** Answers at once; what comes then over the connection, or came as a body, is sound. */
  async #takeSound(request: IncomingMessage, response: ServerResponse, sink: TalkSink | 'refused'): Promise<void> {
    const { profile } = this.#device
    if (sink === 'refused') {
      request.resume()
      return this.#answer(response, dress({ status: 'invalidOperation' }, profile, request.url ?? '/'))
    }
    for await (const piece of request as AsyncIterable<Buffer>) if (!sink(piece)) request.destroy()
    this.#sounds.set(request.socket, sink)
    if (profile.keepAlive === 0) {
      // It says that it will close, and listens on: Node would do what it says, so the head is written past it.
      request.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      return
    }
    response.writeHead(200, { Server: profile.server, 'Content-Length': 0, Connection: 'keep-alive' })
    response.end()
  }

  /** Takes firmware as it comes. What is refused is read to its end as well: who is cut off while sending never reads why. */
  async #takeUpload(request: IncomingMessage, upload: FirmwareUpload, url: string): Promise<DeviceResponse> {
    const { uploadBytesPerSecond, uploadCutBytes } = this.#device.faults
    const isFirst = !this.#hadUpload
    this.#hadUpload = true
    let gotBytes = 0
    for await (const piece of request as AsyncIterable<Buffer>) {
      gotBytes += piece.length
      if (isFirst && uploadCutBytes > 0 && gotBytes >= uploadCutBytes) request.destroy() // the loop rejects
      upload.push(piece)
      if (uploadBytesPerSecond > 0)
        await this.#clock.sleep((piece.length / uploadBytesPerSecond) * 1000, { signal: this.#ending.signal })
    }
    return endUpload(this.#device, upload, url)
  }

  #verify(request: IncomingMessage, method: string, url: string): Verdict {
    const device = this.#device
    if (!device.profile.hasHttpDigest) return { ok: false, reason: 'missing' }
    let asked: string | undefined
    const lookup = (user: string): string | undefined => {
      asked = user
      return device.passwordOf(user)
    }
    const verdict = this.#verifier.verify(request.headers.authorization, method, url, lookup, this.#clock.monotonic())
    if (verdict.ok) device.loginResult(verdict.user, true)
    else if (verdict.reason === 'wrong') device.loginResult(asked, false)
    return verdict
  }

  /** 401 as cameras write it: HTML; the check of a login tells of the lock in XML. */
  #refuse(response: ServerResponse, url: string, authorization: string, isStale: boolean): void {
    const { accounts, profile } = this.#device
    const challenges = profile.hasHttpDigest ? this.#verifier.challenge(this.#clock.monotonic(), isStale) : []
    if (challenges.length > 0)
      response.setHeader(
        'WWW-Authenticate',
        challenges.map((one) => one.replace(/stale=(\w+)/, (_, flag: string) => `stale="${flag.toUpperCase()}"`)),
      )
    if (/\/Security\/userCheck/i.test(url)) {
      const name = /username="([^"]*)"/.exec(authorization)?.[1] ?? accounts.admin.userName
      const lockedSeconds = Math.ceil(accounts.lockedForMs(name) / 1000)
      const lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        `<userCheck version="2.0" xmlns="${profile.namespace}">`,
        '<statusValue>401</statusValue>',
        '<statusString>Unauthorized</statusString>',
        `<lockStatus>${lockedSeconds > 0 ? 'lock' : 'unlock'}</lockStatus>`,
        `<unlockTime>${lockedSeconds}</unlockTime>`,
        `<retryLoginTime>${accounts.triesLeft(name)}</retryLoginTime>`,
        '</userCheck>',
        '',
      ]
      this.#send(response, 401, 'application/xml', Buffer.from(lines.join(profile.lineEnd)))
      return
    }
    this.#send(response, 401, 'text/html', Buffer.from(unauthorized))
  }

  #answer(response: ServerResponse, { status, contentType, body, headers = {} }: DeviceResponse): void {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    this.#send(response, status, contentType, body)
  }

  #send(response: ServerResponse, status: number, contentType: string, body: Uint8Array): void {
    const { faults, profile } = this.#device
    const length = body.length + (faults.isWrongLength ? 1 : 0)
    if (profile.keepAlive === 0 || faults.isWrongLength) response.setHeader('Connection', 'close')
    response.writeHead(status, { Server: profile.server, 'Content-Type': contentType, 'Content-Length': length })
    writePieces(response, body, faults.splitBytes)
    response.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    this.#power[Symbol.dispose]()
    this.#certificate[Symbol.dispose]()
    await this.#moves
    await this.#close()
  }
}

const unauthorized = `<!DOCTYPE html>\r
<html><head><title>Document Error: Unauthorized</title></head>\r
<body><h2>Access Error: 401 -- Unauthorized</h2>\r
<p>Authentication Error</p>\r
</body>\r
</html>\r
`

/** The whole body, or as much as the router needs to refuse it. */
async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    if (size <= MAX_REQUEST_BYTES) parts.push(part)
    size += part.length
  }
  return new Uint8Array(Buffer.concat(parts))
}

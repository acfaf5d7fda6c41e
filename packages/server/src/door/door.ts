// SPDX-License-Identifier: Apache-2.0
/**
 * Where HMP sessions come in: devices over TLS by certificate or key, or WebSocket by key, viewers over WebSocket on their web session.
 * Decides who gets in, hands viewers to the hub and devices to the fleet, and lets time pass for all of them.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { acceptHmp, HMP_SUBPROTOCOL, type HmpCarrier, MAX_HMP_MESSAGE_BYTES } from '@openhmp/client'
import type { Clock } from '@openhmp/protocol/base'
import { Goodbye } from '@openhmp/protocol/hmp'
import {
  type AcceptorLogin,
  type Admission,
  type Credential,
  HmpSession,
  type PeerInfo,
} from '@openhmp/protocol/session'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Session } from '../access/sessions.ts'
import { Viewer, type ViewerDoors } from '../live/viewer.ts'
import type { DeviceRequests } from './device-requests.ts'

/** Sessions whose login is not done; one more is dropped at once. docs/protocol/hmp.md §5. */
export const MAX_STRANGERS = 2000
/** Of these, from one address. */
export const MAX_STRANGERS_OF_ADDRESS = 20
/** Sessions in all. */
export const MAX_SESSIONS = 20_000
const TICK_MS = 50
/** How long a goodbye may take to be delivered when the server stops. */
const GOODBYE_MS = 500
/** How often the rights behind open streams are looked at again. */
const RECHECK_MS = 2000

/** A device that may dial in. */
export interface DialledDevice {
  readonly id: string
  /** Undefined for one that has no login by key. */
  readonly key: Uint8Array | undefined
}

/** What the door needs of the house. */
export interface DoorParts {
  readonly clock: Clock
  /** How the CMS names itself. */
  readonly identity: string
  readonly software: string
  deviceOf(identity: string): DialledDevice | undefined
  /** What is to be thought of who shows a certificate (SHA-256): `other` when it is somebody else's. */
  judge(fingerprint: string, peer: { readonly role: string; readonly identity: string }): Goodbye | 'other' | undefined
  nextEpoch(device: string): Promise<number>
  /** A device of the fleet behind an agent. */
  behind(agent: string, device: string): string | undefined
  entered(device: string, session: HmpSession): void
  left(device: string, session: HmpSession): void
  readonly requests: DeviceRequests
  /** The web session of a request, if it is good and the request comes from our own pages. */
  webSessionOf(request: IncomingMessage): Session | undefined
  isGood(session: Session): boolean
  touch(session: Session): void
  viewerDoors(session: Session, source: string): ViewerDoors
  onError(error: unknown): void
}

interface Guest {
  readonly session: HmpSession
  readonly web: Session | undefined
  readonly source: string
  viewer: Viewer | undefined
  device: string | undefined
  /** SHA-256 of the certificate that it came in by. */
  certificate: string | undefined
}

/** A client certificate as TLS has seen it. */
interface ShownCertificate {
  readonly fingerprint: string
  /** Why TLS does not trust it. */
  readonly fault: string | undefined
}

const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha256', key).update(data).digest()

/** All sessions. Owns them until disposed. */
export class Door implements AsyncDisposable {
  readonly #parts: DoorParts
  readonly #guests = new Set<Guest>()
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_HMP_MESSAGE_BYTES,
    handleProtocols: (offered) => (offered.has(HMP_SUBPROTOCOL) ? HMP_SUBPROTOCOL : false),
  })
  readonly #carriers = new Set<TLSSocket | WebSocket>()
  readonly #stop = new AbortController()
  readonly #ticking: Promise<void>
  #strangers = 0
  readonly #strangersOf = new Map<string, number>()
  #lastEpoch = 0

  constructor(parts: DoorParts) {
    this.#parts = parts
    this.#ticking = this.#tick()
  }

  get viewerCount(): number {
    let count = 0
    for (const { viewer } of this.#guests) if (viewer) count++
    return count
  }

  get sessionCount(): number {
    return this.#guests.size
  }

  /** Units that were not sent to viewers who could not keep up, of the sessions that are open. */
  get unitsShed(): number {
    let shed = 0
    for (const { session } of this.#guests) shed += session.counters.unitsShed
    return shed
  }

  /** A TLS connection with ALPN `hmp/1`. */
  acceptTls(socket: TLSSocket): void {
    socket.on('error', () => {}) // told by its close
    if (this.#isFull(socket.remoteAddress) || this.#stop.signal.aborted) socket.destroy()
    else this.#carry(socket, { certificate: certificateOf(socket), source: socket.remoteAddress })
  }

  /** An HTTP upgrade to HMP's path. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
    if (!offered.includes(HMP_SUBPROTOCOL)) {
      turnAway(socket, 400, `offer the subprotocol ${HMP_SUBPROTOCOL}`)
      return
    }
    const isBrowser = request.headers.origin !== undefined
    const web = this.#parts.webSessionOf(request)
    const source = request.socket.remoteAddress
    const refusal = isBrowser && !web ? 401 : this.#isFull(source) ? 503 : undefined
    if (refusal !== undefined) {
      turnAway(socket, refusal, refusal === 401 ? 'sign in first' : 'too many sessions')
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      this.#carry(webSocket, { web, source }, socket)
    })
  }

  /** Ends the sessions that ride on a web session that has ended. */
  webSessionEnded(web: Session): void {
    for (const guest of [...this.#guests]) if (guest.web === web) guest.session.close('revoked', 'you were signed out')
  }

  /** `below` is what a WebSocket stands on. */
  #carry(socket: TLSSocket | WebSocket, arrival: Arrival, below?: Duplex): void {
    this.#carriers.add(socket)
    socket.once('close', () => this.#carriers.delete(socket))
    acceptHmp(socket, (carrier) => this.#welcome(carrier, arrival), below)
  }

  #isFull(source: string | undefined): boolean {
    const ofAddress = this.#strangersOf.get(source ?? '') ?? 0
    return (
      this.#strangers >= MAX_STRANGERS || ofAddress >= MAX_STRANGERS_OF_ADDRESS || this.#guests.size >= MAX_SESSIONS
    )
  }

  /** Counts one more stranger; returns how to count it no more. */
  #stranger(source = ''): () => void {
    this.#strangers++
    this.#strangersOf.set(source, (this.#strangersOf.get(source) ?? 0) + 1)
    let isStranger = true
    return () => {
      if (!isStranger) return
      isStranger = false
      this.#strangers--
      const left = (this.#strangersOf.get(source) ?? 1) - 1
      if (left > 0) this.#strangersOf.set(source, left)
      else this.#strangersOf.delete(source)
    }
  }

  #welcome(carrier: HmpCarrier, { web, certificate, source }: Arrival): HmpSession {
    const { clock, identity, software, onError } = this.#parts
    const known = this.#stranger(source)
    const session: HmpSession = new HmpSession({
      side: 'acceptor',
      role: 'cms',
      identity,
      software,
      login: this.#login(carrier, web, certificate),
      now: () => clock.monotonic(),
      wallNow: () => clock.now(),
      random: (count) => randomBytes(count),
      write: carrier.write,
      onOpen: (peer) => {
        known()
        this.#opened(guest, peer)
      },
      onRequest: (request) =>
        guest.viewer
          ? guest.viewer.answer(request)
          : this.#parts.requests.answer(guest.device ?? '', request, {
              behind: this.#behind(session.peer),
              certificate: guest.certificate,
            }),
      onClose: (closing) => {
        known()
        this.#guests.delete(guest)
        guest.viewer?.close()
        if (guest.device !== undefined) this.#parts.left(guest.device, session)
        if (closing.cause !== undefined) onError(closing.cause)
        carrier.close(closing)
      },
    })
    const shown = { certificate: certificate?.fingerprint, source: source ?? '' }
    const guest: Guest = { session, web, ...shown, viewer: undefined, device: undefined }
    this.#guests.add(guest)
    return session
  }

  #login({ exporter }: HmpCarrier, web: Session | undefined, certificate: ShownCertificate | undefined): AcceptorLogin {
    const { deviceOf, nextEpoch, judge } = this.#parts
    return {
      kind: 'accept',
      hmac,
      ...(exporter ? { exporter } : {}),
      lookup: ({ role, identity }): Credential => {
        // Who has shown a certificate is judged by it alone: there is no way back to a key.
        if (certificate) {
          if (certificate.fault !== undefined) throw new Goodbye('login', `your certificate: ${certificate.fault}`)
          const fault = judge(certificate.fingerprint, { role, identity })
          if (fault) throw fault === 'other' ? new Goodbye('login', 'this certificate is for another') : fault
          return 'trusted'
        }
        if (role === 'console') return web ? 'trusted' : undefined
        // A browser's cookie makes nobody a device.
        const device = role === 'device' || role === 'agent' ? deviceOf(identity) : undefined
        return device?.key && { key: device.key }
      },
      admit: async ({ role, identity }): Promise<Admission> => {
        const session = randomBytes(9).toString('base64url')
        if (role === 'console') {
          this.#lastEpoch = Math.max(this.#lastEpoch + 1, this.#parts.clock.now())
          return { session, epoch: this.#lastEpoch }
        }
        const device = deviceOf(identity)
        if (!device) throw new Goodbye('revoked', 'this device was removed')
        return { session, epoch: await nextEpoch(device.id) }
      },
    }
  }

  /** How an agent's devices are found; undefined for who is one device. */
  #behind(peer: PeerInfo | undefined): ((device: string) => string | undefined) | undefined {
    if (peer?.role !== 'agent') return undefined
    return (device) => this.#parts.behind(peer.identity, device)
  }

  #opened(guest: Guest, { role, identity }: PeerInfo): void {
    const { deviceOf, entered, viewerDoors } = this.#parts
    const { session, web, source } = guest
    if (role === 'console' && web) {
      guest.viewer = new Viewer(() => session, viewerDoors(web, source))
      return
    }
    const device = deviceOf(identity)
    if (!device) {
      session.close('revoked', 'this device was removed')
      return
    }
    guest.device = device.id
    entered(device.id, session)
  }

  /** Somebody's rights have changed: what they may not see any more ends now. */
  recheckViewers(): void {
    for (const { viewer } of [...this.#guests]) viewer?.recheck()
  }

  async #tick(): Promise<void> {
    const { clock, isGood, touch, onError } = this.#parts
    const { signal } = this.#stop
    let recheckedMs = clock.monotonic()
    while (!signal.aborted) {
      await clock.sleep(TICK_MS, { signal }).catch(() => {}) // aborted: the loop ends
      const isDue = clock.monotonic() - recheckedMs >= RECHECK_MS
      if (isDue) recheckedMs = clock.monotonic()
      for (const guest of [...this.#guests]) {
        const { session, web, viewer } = guest
        try {
          session.tick()
          if (isDue) this.#recheckCertificate(guest)
          if (!isDue || !web) continue
          if (!isGood(web)) session.close('revoked', 'your session is over')
          else {
            if (viewer && viewer.streamCount > 0) touch(web)
            viewer?.recheck()
          }
        } catch (error) {
          onError(error)
        }
      }
    }
  }

  /** What brought a session in may have ended since. */
  #recheckCertificate({ session, device, certificate }: Guest): void {
    if (device === undefined || certificate === undefined || !session.peer) return
    const fault = this.#parts.judge(certificate, session.peer)
    if (!fault) return
    if (fault !== 'other' && fault.goodbye === 'revoked') session.close('revoked', fault.message)
    else session.close('renew', 'the certificate of this session is over')
  }

  /** Says goodbye to everybody. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { session } of [...this.#guests]) session.close('shutdown', 'the server stops', { retryAfterMs: 1000 })
    this.#stop.abort()
    await this.#ticking
    const gone = [...this.#carriers].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    const patience = new AbortController()
    const late = this.#parts.clock.sleep(GOODBYE_MS, { signal: patience.signal }).catch(() => {}) // all are gone
    await Promise.race([Promise.all(gone), late])
    patience.abort()
    this.#sockets.close()
  }
}

/** Who has connected. */
interface Arrival {
  readonly web?: Session | undefined
  readonly certificate?: ShownCertificate | undefined
  readonly source: string | undefined
}

const certificateOf = (socket: TLSSocket): ShownCertificate | undefined => {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return undefined
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  const fault = socket.authorized ? undefined : String(socket.authorizationError ?? 'it is not trusted')
  return { fingerprint, fault }
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  503: 'Service Unavailable',
}

/** Answers an upgrade that is refused. */
export const turnAway = (socket: Duplex, status: number, text: string): void => {
  const head = `HTTP/1.1 ${status} ${reasons[status] ?? ''}\r\nconnection: close\r\ncontent-type: text/plain\r\nx-content-type-options: nosniff\r\ncache-control: no-store\r\n`
  socket.end(`${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
}

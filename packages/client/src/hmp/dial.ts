// SPDX-License-Identifier: Apache-2.0
/** Opening an HMP session by certificate (TLS, `hmps://`) or key (that or WebSocket, `wss://`): hmp.md §2, §7, §12.3. */
import { createHmac, randomBytes } from 'node:crypto'
import { connect, type TLSSocket } from 'node:tls'
import { type Clock, Defect, LinkError, PeerError } from '@openhmp/protocol/base'
import { type Closing, type DiallerLogin, HmpSession, type Role, type SessionOptions } from '@openhmp/protocol/session'
import { WebSocket } from 'ws'
import {
  carryOverTls,
  carryOverWebSocket,
  HMP_ALPN,
  HMP_SUBPROTOCOL,
  HMP_WEBSOCKET_PATH,
  type HmpCarrier,
  MAX_HMP_MESSAGE_BYTES,
} from './carrier.ts'
import { learnAuthority, PINNED_WEB_ALPN, trustOnly, trustOnWeb } from './pinned-authority.ts'

const CONNECT_MS = 5000
const TICK_MS = 50

/** Whom to dial, as whom. */
export interface DialOptions {
  /** `hmps://host:port` or `wss://host:port` (path /api/v1/hmp unless one is given). */
  readonly url: string
  readonly role: Role
  readonly identity: string
  readonly software: string
  /** 32 bytes: the login by key. Exactly one of `key` and `certificate` is given. */
  readonly key?: Uint8Array
  /** The login by certificate, `hmps://` alone: private key and certificate in PEM, as `enrolLink` gives them. */
  readonly certificate?: { readonly key: string; readonly certificate: string }
  /** SHA-256 of the authority to trust, hex. */
  readonly caFingerprint: string
  readonly lastEpoch?: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onRequest: SessionOptions['onRequest']
  /** Once the session was open: its end. */
  readonly onClose?: (closing: Closing) => void
}

/**
 * Connects and logs in; resolves once the session is open. It ends by `session.close`. Rejects with `LinkError` `link.*` or `tls.pin`, `PeerError`
 * `hmp.<goodbye>` when the other side (or the check of it) said no, or `signal.reason`.
 */
export const dialHmp = async (options: DialOptions): Promise<HmpSession> => {
  const url = new URL(options.url)
  const isWeb = url.protocol === 'wss:'
  if (!isWeb && url.protocol !== 'hmps:') throw new LinkError('link.url', `${url.protocol} is neither hmps: nor wss:`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (isWeb ? 443 : 8443))
  const { caFingerprint, signal, key, certificate } = options
  if ((key === undefined) === (certificate === undefined)) throw new Defect('a login is by key or by certificate')
  if (isWeb && certificate) throw new LinkError('link.url', 'a certificate is of no use on WebSocket: dial hmps:')
  const pem = await learnAuthority(host, port, caFingerprint, isWeb ? PINNED_WEB_ALPN : [HMP_ALPN], signal)
  if (!isWeb) {
    const own = certificate && { key: certificate.key, cert: certificate.certificate }
    const socket = connect({ host, port, ALPNProtocols: [HMP_ALPN], ...trustOnly(pem, host), ...own })
    await opened(socket, 'secureConnect', options)
    if (socket.alpnProtocol !== HMP_ALPN) {
      socket.destroy()
      throw new LinkError('link.alpn', `${url.host} does not speak HMP`, { address: url.host })
    }
    return logIn(options, (make) => carryOverTls(socket, make))
  }
  if (url.pathname === '/') url.pathname = HMP_WEBSOCKET_PATH
  const webSocket = new WebSocket(url, HMP_SUBPROTOCOL, {
    ...trustOnWeb(pem, host),
    perMessageDeflate: false,
    maxPayload: MAX_HMP_MESSAGE_BYTES,
  })
  await opened(webSocket, 'open', options)
  return logIn(options, (make) => carryOverWebSocket(webSocket, make))
}

/** Waits for a connection. On failure it is destroyed. */
const opened = (socket: TLSSocket | WebSocket, event: string, { signal, url }: DialOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    const destroy = () => ('terminate' in socket ? socket.terminate() : socket.destroy())
    const end = (settle: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      settle()
    }
    const fail = (error: unknown) =>
      end(() => {
        destroy()
        reject(error)
      })
    const abort = () => fail(signal.reason)
    const timer = setTimeout(
      () => fail(new LinkError('link.timeout', `${url} did not answer`, { address: url })),
      CONNECT_MS,
    )
    if (signal.aborted) {
      abort()
      return
    }
    signal.addEventListener('abort', abort, { once: true })
    socket.on('error', (cause: Error) =>
      fail(new LinkError('link.refused', `${url}: ${cause.message}`, { address: url, cause })),
    )
    socket.once(event, () => end(resolve))
  })

const logIn = (
  options: DialOptions,
  carry: (make: (carrier: HmpCarrier) => HmpSession) => HmpSession,
): Promise<HmpSession> =>
  new Promise((resolve, reject) => {
    const { clock, role, identity, software, signal, onRequest } = options
    let isOpen = false
    const abort = () => session.close('shutdown', 'no longer wanted')
    const session = carry((carrier) => {
      const made = new HmpSession({
        side: 'dialler',
        role,
        identity,
        software,
        login: loginOf(options, carrier),
        now: () => clock.monotonic(),
        wallNow: () => clock.now(),
        random: (count) => randomBytes(count),
        write: carrier.write,
        onRequest,
        onOpen: () => {
          isOpen = true
          signal.removeEventListener('abort', abort)
          resolve(made)
        },
        onClose: (closing) => {
          clearInterval(ticking)
          signal.removeEventListener('abort', abort)
          carrier.close(closing)
          if (isOpen) options.onClose?.(closing)
          else if (signal.aborted) reject(signal.reason)
          else reject(errorOf(closing))
        },
      })
      const ticking = setInterval(() => made.tick(), TICK_MS)
      return made
    })
    signal.addEventListener('abort', abort, { once: true })
  })

const loginOf = ({ key, lastEpoch }: DialOptions, { exporter }: HmpCarrier): DiallerLogin => {
  const epoch = lastEpoch === undefined ? {} : { lastEpoch }
  if (!key) return { kind: 'carrier', ...epoch }
  const hmac = (under: Uint8Array, data: Uint8Array) => createHmac('sha256', under).update(data).digest()
  return { kind: 'key', key, hmac, ...(exporter ? { exporter } : {}), ...epoch }
}

const errorOf = ({ code, text }: Closing): Error =>
  code === 'link'
    ? new LinkError('link.closed', text)
    : new PeerError(`hmp.${code}`, text, { retry: code === 'login' || code === 'revoked' ? 'after-login' : 'later' })

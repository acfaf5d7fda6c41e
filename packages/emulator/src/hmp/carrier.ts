// SPDX-License-Identifier: Apache-2.0
/**
 * The device's way out to its CMS: TLS with ALPN `hmp/1`, or WebSocket, trusting the pinned authority alone (hmp.md §2). The
 * device's own shell, apart from the CMS's in `client`: the two meet on the wire.
 */
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type ConnectionOptions, connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { concat, HmpError, LinkError } from '@openhmp/protocol/base'
import {
  EXPORTER_LABEL,
  goodbyeNumbers,
  HEADER_BYTES,
  isGoodbyeCode,
  MAX_PACKET_PAYLOAD_BYTES,
} from '@openhmp/protocol/hmp'
import type { Closing } from '@openhmp/protocol/session'
import { WebSocket } from 'ws'
import { openTunnel } from './proxy.ts'

const CONNECT_MS = 5000
/** hmp.md §2.4. */
const PINNED_WEB = ['hmp-pin/1', 'http/1.1']
const DEFAULT_PORT = 8443
const LINGER_MS = 2000
/** A chain is not followed further. */
const MAX_CHAIN = 8

/** An open connection. Bytes flow once `listen` was called. */
export interface Carrier {
  readonly exporter: Uint8Array | undefined
  write(parts: readonly Uint8Array[]): void
  close(closing: Closing): void
  /** Cuts it, as a device does that loses its power. */
  destroy(): void
  listen(handlers: {
    onBytes(bytes: Uint8Array): void
    onPacket(packet: Uint8Array): void
    onClosed(reason: string): void
  }): void
}

/** `https:`, `hmps:` (both TLS) or `wss:`, through `proxy` where one is named; `own` is the device's certificate. Rejects with `LinkError` or the signal's reason. */
export const openCarrier = async (
  address: string,
  caFingerprint: string,
  signal: AbortSignal,
  proxy?: string,
  own?: { readonly key: string; readonly cert: string },
): Promise<Carrier> => {
  const url = new URL(address)
  const isWeb = url.protocol === 'wss:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || DEFAULT_PORT)
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)])
  const way = async (): Promise<ConnectionOptions> =>
    proxy === undefined ? { host, port } : { socket: await openTunnel(new URL(proxy), host, port, bounded) }
  try {
    const ca = await learnAuthority(
      { ...(await way()), ALPNProtocols: isWeb ? PINNED_WEB : ['hmp/1'] },
      caFingerprint,
      bounded,
    )
    // No name is checked (hmp.md §2.4): the authority is this one CMS's own.
    const trust: ConnectionOptions = { ca, minVersion: 'TLSv1.3', checkServerIdentity: () => undefined }
    if (!isWeb) return overTls(await openTls({ ...(await way()), ALPNProtocols: ['hmp/1'], ...trust, ...own }, bounded))
    if (url.pathname === '/') url.pathname = '/api/v1/hmp'
    const tls = await openTls({ ...(await way()), ALPNProtocols: PINNED_WEB, ...trust }, bounded)
    const socket = new WebSocket(url, 'hmp.1', {
      createConnection: () => tls,
      perMessageDeflate: false,
      maxPayload: HEADER_BYTES + MAX_PACKET_PAYLOAD_BYTES,
    })
    bounded.addEventListener('abort', () => socket.readyState === socket.CONNECTING && socket.terminate(), {
      once: true,
    })
    await once(socket, 'open', { signal: bounded })
    return overWebSocket(socket)
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof HmpError) throw cause
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new LinkError('link.failed', `${host}:${port}: ${text}`, { address: `${host}:${port}`, cause })
  }
}

/** A connection to the CMS's web server, to say one thing there. Rejects with `LinkError` or the signal's reason. */
export const openWeb = async (
  address: string,
  caFingerprint: string,
  signal: AbortSignal,
  proxy?: string,
): Promise<TLSSocket> => {
  const url = new URL(address)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || 443)
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)])
  const way = async (): Promise<ConnectionOptions> =>
    proxy === undefined ? { host, port } : { socket: await openTunnel(new URL(proxy), host, port, bounded) }
  const web = { ALPNProtocols: PINNED_WEB, minVersion: 'TLSv1.3' } as const
  try {
    const ca = await learnAuthority({ ...(await way()), ...web }, caFingerprint, bounded)
    return await openTls({ ...(await way()), ...web, ca, checkServerIdentity: () => undefined }, bounded)
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof HmpError) throw cause
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new LinkError('link.failed', `${host}:${port}: ${text}`, { address: `${host}:${port}`, cause })
  }
}

const openTls = async (options: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> => {
  const socket = connect(options)
  try {
    await once(socket, 'secureConnect', { signal })
    return socket
  } catch (error) {
    socket.on('error', () => {}) // destroyed on purpose
    socket.destroy()
    throw error
  }
}

/** A connection that only looks: says nothing, and gives the pinned authority's certificate out of the chain it is shown. */
const learnAuthority = async (
  options: ConnectionOptions,
  fingerprint: string,
  signal: AbortSignal,
): Promise<string> => {
  const socket = await openTls({ ...options, minVersion: 'TLSv1.3', rejectUnauthorized: false }, signal)
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  socket.on('error', () => {})
  socket.destroy()
  for (let i = 0; i < MAX_CHAIN && certificate?.raw; i++) {
    const one = new X509Certificate(certificate.raw)
    if (one.fingerprint256.replaceAll(':', '').toLowerCase() === fingerprint) return one.toString()
    certificate = certificate.issuerCertificate === certificate ? undefined : certificate.issuerCertificate
  }
  throw new LinkError('tls.pin', 'the CMS shows no certificate of the authority in the token')
}

const overTls = (socket: TLSSocket): Carrier => {
  socket.on('error', () => {}) // its close tells
  let isCorked = false
  const uncork = () => {
    isCorked = false
    socket.uncork()
  }
  return {
    exporter: socket.exportKeyingMaterial(32, EXPORTER_LABEL, Buffer.alloc(0)),
    write(parts) {
      if (!socket.writable) return
      if (!isCorked) {
        isCorked = true
        socket.cork()
        process.nextTick(uncork)
      }
      for (const part of parts) socket.write(part)
    },
    close({ byPeer }) {
      if (byPeer) socket.destroy()
      else {
        socket.setTimeout(LINGER_MS, () => socket.destroy())
        socket.end(() => socket.destroy())
      }
    },
    destroy: () => socket.destroy(),
    listen({ onBytes, onClosed }) {
      socket.setNoDelay(true)
      socket.on('data', onBytes)
      socket.on('close', () => onClosed('the connection closed'))
      if (socket.destroyed) onClosed('the connection closed')
    },
  }
}

const overWebSocket = (socket: WebSocket): Carrier => {
  socket.on('error', () => {}) // its close tells
  return {
    exporter: undefined,
    write(parts) {
      if (socket.readyState === socket.OPEN) socket.send(concat(parts), { binary: true, compress: false })
    },
    close({ code, byPeer }) {
      socket.close(byPeer || !isGoodbyeCode(code) ? 1000 : 4000 + goodbyeNumbers[code])
    },
    destroy: () => socket.terminate(),
    listen({ onPacket, onClosed }) {
      socket.on('message', (message: Buffer, isBinary: boolean) => {
        if (isBinary) onPacket(message)
        else socket.close(1003)
      })
      socket.on('close', () => onClosed('the connection closed'))
    },
  }
}

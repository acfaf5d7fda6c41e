// SPDX-License-Identifier: Apache-2.0
/** A listener for HMP on this machine, over TLS and WebSocket, for tests: certificates of the CMS's own authority, sessions by a maker. */
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import type { HmpSession, SessionOptions } from '@openhmp/protocol/session'
import { HmpSession as Session } from '@openhmp/protocol/session'
import { WebSocketServer } from 'ws'
import { loadAuthority } from '../../server/src/front/authority.ts'
import { acceptHmp, HMP_ALPN, HMP_SUBPROTOCOL, type HmpCarrier, MAX_HMP_MESSAGE_BYTES } from '../src/hmp/carrier.ts'

export const systemClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms: number, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms)
      signal?.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason)
      })
    }),
}

export const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha256', key).update(data).digest()

/** What a test decides of the sessions that come in. */
export type AcceptOptions = Pick<SessionOptions, 'role' | 'identity' | 'onRequest'> &
  Partial<Pick<SessionOptions, 'onOpen' | 'onClose'>> & { readonly keyOf: (identity: string) => Uint8Array | undefined }

/** Listens on two free ports until disposed. `sessions` are all that ever came in. */
export const listenHmp = async (options: (session: () => HmpSession) => AcceptOptions) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hmp-'))
  const { certificate, fingerprint } = await loadAuthority({ dataDir, nowMs: Date.now() })
  rmSync(dataDir, { recursive: true })
  const sessions: HmpSession[] = []
  let epoch = 0
  const make = (carrier: HmpCarrier): HmpSession => {
    const accept = options(() => session)
    const session: HmpSession = new Session({
      side: 'acceptor',
      role: accept.role,
      identity: accept.identity,
      software: 'test/1',
      login: {
        kind: 'accept',
        hmac,
        ...(carrier.exporter ? { exporter: carrier.exporter } : {}),
        lookup: ({ identity }) => {
          const key = accept.keyOf(identity)
          return key && { key }
        },
        admit: () => ({ session: `s-${++epoch}`, epoch }),
      },
      now: () => performance.now(),
      wallNow: () => Date.now(),
      random: (count) => randomBytes(count),
      write: carrier.write,
      onRequest: accept.onRequest,
      ...(accept.onOpen ? { onOpen: accept.onOpen } : {}),
      onClose: (closing) => {
        carrier.close(closing)
        accept.onClose?.(closing)
      },
    })
    sessions.push(session)
    return session
  }
  const ticking = setInterval(() => {
    for (const session of sessions) session.tick()
  }, 50)
  const tls = createTlsServer(
    { key: certificate.key, cert: certificate.cert, minVersion: 'TLSv1.3', ALPNProtocols: [HMP_ALPN] },
    (socket) => {
      socket.on('error', () => {})
      if (socket.alpnProtocol === HMP_ALPN) acceptHmp(socket, make)
      else socket.destroy()
    },
  )
  tls.on('tlsClientError', () => {})
  const web = createHttpsServer({ key: certificate.key, cert: certificate.cert, minVersion: 'TLSv1.3' })
  const upgrade = new WebSocketServer({
    server: web,
    perMessageDeflate: false,
    maxPayload: MAX_HMP_MESSAGE_BYTES,
    handleProtocols: (offered) => (offered.has(HMP_SUBPROTOCOL) ? HMP_SUBPROTOCOL : false),
  })
  upgrade.on('connection', (socket) => acceptHmp(socket, make))
  const keyLog: string[] = []
  for (const server of [tls, web]) {
    server.on('keylog', (line) => keyLog.push(String(line)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port
  return {
    sessions,
    caFingerprint: fingerprint,
    certificate,
    /** Lines of an NSS key log, for those who look into a recording. */
    keyLog,
    tlsUrl: `hmps://127.0.0.1:${portOf(tls)}`,
    webUrl: `wss://127.0.0.1:${portOf(web)}`,
    async [Symbol.asyncDispose](): Promise<void> {
      clearInterval(ticking)
      for (const session of sessions) session.close('shutdown')
      for (const client of upgrade.clients) client.terminate()
      web.closeAllConnections()
      await Promise.all([tls, web].map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

// SPDX-License-Identifier: Apache-2.0
/** What certificate is shown at an address now. Nothing but a TLS handshake is sent. */
import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '@openhmp/protocol/base'
import type { Reach } from './reach.ts'
import { openSocket, type TlsTrust } from './socket.ts'

/** A certificate as shown, trusted or not. */
export interface ShownCertificate {
  /** SHA-256, 64 hex digits. */
  readonly fingerprint: string
  readonly subject: string
  readonly issuer: string
  /** Milliseconds since 1970. */
  readonly validFromMs: number
  readonly validToMs: number
  /** `TLSv1.3`. */
  readonly protocol: string
}

/** Asks for it. Rejects with `LinkError` (`link.*`, `tls.*`), or with the signal's reason. */
export const shownCertificate = async (
  host: string,
  port: number,
  options: { readonly clock: Clock; readonly signal: AbortSignal; readonly tls?: TlsTrust; readonly reach?: Reach },
): Promise<ShownCertificate> => {
  const { clock, signal, reach, tls = { onFirstUse: () => {} } } = options
  const socket = (await openSocket({ host, port, clock, signal, tls, ...(reach ? { reach } : {}) })) as TLSSocket
  socket.on('error', () => {}) // it is closed at once
  const certificate = new X509Certificate(socket.getPeerCertificate().raw)
  const protocol = socket.getProtocol() ?? ''
  socket.destroy()
  return {
    fingerprint: certificate.fingerprint256.replace(/:/g, '').toLowerCase(),
    subject: certificate.subject.replace(/\n/g, ', '),
    issuer: certificate.issuer.replace(/\n/g, ', '),
    validFromMs: Date.parse(certificate.validFrom),
    validToMs: Date.parse(certificate.validTo),
    protocol,
  }
}

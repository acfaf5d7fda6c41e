// SPDX-License-Identifier: Apache-2.0
/** Who signed the certificate that a CMS shows: learnt on a connection on which nothing is said. */
import { X509Certificate } from 'node:crypto'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import { LinkError } from '@openhmp/protocol/base'

const CONNECT_MS = 5000
/** Longest chain that is looked through. */
const MAX_CHAIN = 8

/** The top of a CMS's chain. */
export interface ShownAuthority {
  /** The system trusts it for this name: there is nothing to pin. */
  readonly isTrusted: boolean
  readonly pem: string
  /** SHA-256, hex pairs with colons. */
  readonly fingerprint: string
}

/** Rejects with `LinkError`. */
export const shownAuthority = (url: URL): Promise<ShownAuthority> =>
  new Promise((resolve, reject) => {
    const address = url.host
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
    const socket = connect({ host, port: Number(url.port || 443), ...servername, rejectUnauthorized: false })
    const end = (settle: () => void) => {
      socket.destroy()
      settle()
    }
    socket.setTimeout(CONNECT_MS, () =>
      end(() => reject(new LinkError('link.timeout', `no answer in ${CONNECT_MS / 1000} s`, { address }))),
    )
    socket.on('error', (cause) => {
      const code = (cause as NodeJS.ErrnoException).code === 'ENOTFOUND' ? 'link.name' : 'link.refused'
      end(() => reject(new LinkError(code, cause.message, { address, cause })))
    })
    socket.on('secureConnect', () => {
      let top: DetailedPeerCertificate = socket.getPeerCertificate(true)
      for (let i = 0; i < MAX_CHAIN && top.issuerCertificate?.raw && top.issuerCertificate !== top; i++)
        top = top.issuerCertificate
      const certificate = new X509Certificate(top.raw)
      const found = {
        isTrusted: socket.authorized,
        pem: certificate.toString(),
        fingerprint: certificate.fingerprint256,
      }
      end(() => resolve(found))
    })
  })

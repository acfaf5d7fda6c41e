// SPDX-License-Identifier: Apache-2.0
/**
 * Trust by the authority's fingerprint: hmp.md §2.4. The first connection only learns the chain; nothing is said on it. The one
 * that is used is checked by OpenSSL against the pinned authority and nothing else.
 */
import { X509Certificate } from 'node:crypto'
import { type ConnectionOptions, connect, type DetailedPeerCertificate } from 'node:tls'
import { LinkError } from '@openhmp/protocol/base'

/** Authorities known by fingerprint; the oldest goes first. */
const MAX_KNOWN = 256
/** Longest chain that is looked through. */
const MAX_CHAIN = 8
const CONNECT_MS = 5000

/** Offered on the web by who pins: the CMS shows its own authority's chain, whatever its owner lets browsers see (hmp.md §2.4). */
export const PINNED_WEB_ALPN: readonly string[] = ['hmp-pin/1', 'http/1.1']

const known = new Map<string, string>()

const bare = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase()

/** The certificates of the chain, from the server's up. */
const chainOf = (leaf: DetailedPeerCertificate): Buffer[] => {
  const chain: Buffer[] = []
  for (let at: DetailedPeerCertificate | undefined = leaf; at?.raw && chain.length < MAX_CHAIN; ) {
    chain.push(at.raw)
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate
  }
  return chain
}

/** PEM of the authority with this SHA-256 (hex), from what the server shows. Rejects with `LinkError` `tls.pin|refused|timeout`. */
export const learnAuthority = async (
  host: string,
  port: number,
  fingerprint: string,
  alpn: readonly string[],
  signal: AbortSignal,
): Promise<string> => {
  const wanted = bare(fingerprint)
  const before = known.get(wanted)
  if (before !== undefined) return before
  const chain = await showChain(host, port, alpn, signal)
  const found = chain.map((raw) => new X509Certificate(raw)).find((one) => bare(one.fingerprint256) === wanted)
  if (!found)
    throw new LinkError('tls.pin', `${host}:${port} shows no certificate of the pinned authority`, {
      address: `${host}:${port}`,
    })
  const pem = found.toString()
  known.set(wanted, pem)
  if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!)
  return pem
}

const showChain = (host: string, port: number, alpn: readonly string[], signal: AbortSignal): Promise<Buffer[]> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const address = `${host}:${port}`
    const socket = connect({
      host,
      port,
      ...nameOf(host),
      ALPNProtocols: [...alpn],
      minVersion: 'TLSv1.3',
      rejectUnauthorized: false,
    })
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', abort)
      socket.destroy()
      settle()
    }
    const abort = () => end(() => reject(signal.reason))
    signal.addEventListener('abort', abort, { once: true })
    socket.setTimeout(CONNECT_MS, () =>
      end(() => reject(new LinkError('link.timeout', `${address} did not answer in ${CONNECT_MS} ms`, { address }))),
    )
    socket.on('error', (cause) =>
      end(() => reject(new LinkError('link.refused', `${address}: ${cause.message}`, { address, cause }))),
    )
    socket.on('secureConnect', () => {
      const chain = chainOf(socket.getPeerCertificate(true))
      end(() => resolve(chain))
    })
  })

const nameOf = (host: string): { servername?: string } => (/^[\d.]+$|:/.test(host) ? {} : { servername: host })

/** What `tls.connect` and `ws` need to trust that authority alone, whatever name it is reached under. */
export const trustOnly = (pem: string, host: string): ConnectionOptions => ({
  ca: [pem],
  minVersion: 'TLSv1.3',
  rejectUnauthorized: true,
  checkServerIdentity: () => undefined, // hmp.md §2.4: the authority belongs to this one CMS
  ...nameOf(host),
})

/** The same for connections to the web. */
export const trustOnWeb = (pem: string, host: string): ConnectionOptions => ({
  ...trustOnly(pem, host),
  ALPNProtocols: [...PINNED_WEB_ALPN],
})

// SPDX-License-Identifier: Apache-2.0
/**
 * From a join token to a client certificate, and from that to the next one: hmp.md §12. The code of a token is sent only after the
 * authority in the token has shown itself.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { LinkError, PeerError, Refusal } from '@openhmp/protocol/base'
import { parseJoinToken, requestToSign, signedRequest } from '@openhmp/protocol/hmp'
import type { HmpSession } from '@openhmp/protocol/session'
import { learnAuthority, PINNED_WEB_ALPN, trustOnWeb } from './pinned-authority.ts'

const ENROL_MS = 10_000
/** Longest answer to enrolment or renewal that is read. */
const MAX_ENROLMENT_ANSWER_BYTES = 64 * 1024

/** What a device keeps of its certificate. `key` is a secret: keep it sealed, for the owner alone. */
export interface LinkCertificate {
  /** Who it is from now on. The CMS chose it. */
  readonly identity: string
  readonly role: 'device' | 'agent'
  /** Private key, PKCS #8 in PEM. */
  readonly key: string
  /** One certificate in PEM. */
  readonly certificate: string
  /** Milliseconds since 1970. */
  readonly notAfter: number
  /** From then on it should be renewed; milliseconds since 1970. */
  readonly renewAfter: number
}

/** Where a certificate is good, beside the certificate itself: what a token says for good. */
export interface Enrolled extends LinkCertificate {
  /** `hmps://host:port`, for `dialHmp`. */
  readonly url: string
  /** SHA-256 of the authority to pin, hex: for `dialHmp`. */
  readonly caFingerprint: string
}

/** Who asks for a certificate. */
export interface EnrolOptions {
  readonly role: 'device' | 'agent'
  /** What the device says of itself; some tokens are for one serial number alone. */
  readonly serialNumber?: string
  /** The site where it stands, if it knows: a token for another site is refused. */
  readonly site?: string
  /** From `makeLinkKey`. Asked again with the same key, the CMS gives the same certificate: keep it until there is an answer. */
  readonly key?: string
  readonly signal: AbortSignal
}

/** A new private key on P-256, PKCS #8 in PEM. */
export const makeLinkKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey

/** The certification request for a key (PKCS #10), DER in base64, as enrolment and renewal take it. */
const requestFor = (key: string): string => {
  const toSign = requestToSign(createPublicKey(key).export({ type: 'spki', format: 'der' }))
  return Buffer.from(signedRequest(toSign, sign('sha256', toSign, key))).toString('base64')
}

/**
 * Fetches a certificate with a join token. Rejects with `Refusal` `join.token` for text that is none, `LinkError` `link.*` or `tls.pin`
 * before anything of the token was said, `PeerError` `join.*` when the CMS said no, or `signal.reason`.
 */
export const enrolLink = async (token: string, options: EnrolOptions): Promise<Enrolled> => {
  const parsed = parseJoinToken(token)
  if (!parsed)
    throw new Refusal('invalid', 'join.token', 'a join token looks like hmp1j:<id>:<code>:<fingerprint>:<host:port>')
  const { id, code, address, caFingerprint } = parsed
  const { role, serialNumber, site, key = makeLinkKey() } = options
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(ENROL_MS)])
  const url = new URL(`https://${address}`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || 443)
  const body = JSON.stringify({ id, code, request: requestFor(key), role, serialNumber, site })
  const pem = await learnAuthority(host, port, caFingerprint, PINNED_WEB_ALPN, signal)
  const { status, text } = await post({ host, port, pem, body, signal })
  const granted = grantedBy(status, text, key)
  const { identity } = JSON.parse(text) as { identity?: unknown }
  if (typeof identity !== 'string' || identity === '') throw strange('it names nobody')
  return { ...granted, identity, role, key, url: `hmps://${address}`, caFingerprint }
}

/**
 * Renews a certificate over a live session that came in by it. `nextKey`, from `makeLinkKey`, must have been written down before; asked
 * again with the same one the CMS gives the same certificate. Keep the old one until the new one has brought you in. Rejects with
 * `PeerError` `renewal.*`, `join.*`, or as `session.request` does.
 */
export const renewLink = async (
  session: HmpSession,
  held: LinkCertificate,
  nextKey: string,
  signal: AbortSignal,
): Promise<LinkCertificate> => {
  const answer = await session.request(
    {
      method: 'POST',
      target: '/HMP/renewal',
      headers: [['Content-Type', 'application/json']],
      body: new TextEncoder().encode(JSON.stringify({ request: requestFor(nextKey) })),
    },
    { signal },
  )
  const granted = grantedBy(answer.status, new TextDecoder().decode(answer.body), nextKey)
  return { ...granted, identity: held.identity, role: held.role, key: nextKey }
}

const grantedBy = (
  status: number,
  text: string,
  key: string,
): Pick<LinkCertificate, 'certificate' | 'notAfter' | 'renewAfter'> => {
  let answer: Record<string, unknown>
  try {
    answer = JSON.parse(text) as Record<string, unknown>
  } catch {
    throw strange(`status ${status}, and no JSON`)
  }
  if (status !== 200) {
    const code = typeof answer['code'] === 'string' ? answer['code'] : `http.${status}`
    const said = typeof answer['text'] === 'string' ? answer['text'] : `status ${status}`
    throw new PeerError(code, said, { status, retry: status >= 500 || status === 429 ? 'later' : 'never' })
  }
  const { certificate, notAfter, renewAfter } = answer
  if (typeof certificate !== 'string' || typeof notAfter !== 'number' || typeof renewAfter !== 'number')
    throw strange('a member is missing')
  try {
    if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)))
      return { certificate, notAfter, renewAfter }
  } catch {} // said below
  throw strange('its certificate is not for our key')
}

const strange = (why: string): Error =>
  new PeerError('join.answer', `the CMS gave an answer that is none: ${why}`, { retry: 'never' })

const post = (to: {
  host: string
  port: number
  pem: string
  body: string
  signal: AbortSignal
}): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const { host, port, pem, body, signal } = to
    const address = `${host}:${port}`
    const failed = (cause: Error) =>
      reject(
        signal.aborted && !(signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError')
          ? signal.reason
          : new LinkError('link.failed', `${address}: ${cause.message}`, { address, cause }),
      )
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const outgoing = request(
      {
        ...trustOnWeb(pem, host),
        host,
        port,
        method: 'POST',
        path: '/api/v1/enrolment',
        headers,
        agent: false,
        signal,
      },
      (answer) => {
        const chunks: Buffer[] = []
        let length = 0
        answer.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length > MAX_ENROLMENT_ANSWER_BYTES) outgoing.destroy(new Error('its answer is too long'))
          else chunks.push(chunk)
        })
        answer.on('error', failed)
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
      },
    )
    outgoing.on('error', failed)
    outgoing.end(body)
  })

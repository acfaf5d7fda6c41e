// SPDX-License-Identifier: Apache-2.0
/** A device's own enrolment and renewal (hmp.md §12): its key, its request, what the CMS answers. Apart from the CMS's in `client`. */
import { createPublicKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { LinkError, PeerError } from '@openhmp/protocol/base'
import { type JoinToken, requestToSign, signedRequest } from '@openhmp/protocol/hmp'
import type { HmpSession } from '@openhmp/protocol/session'
import { openWeb } from './carrier.ts'

const MAX_ANSWER_BYTES = 64 * 1024

/** What a device keeps of its certificate. */
export interface OwnCertificate {
  readonly identity: string
  /** PKCS #8, PEM. */
  readonly key: string
  /** PEM. */
  readonly certificate: string
  /** Milliseconds since 1970. */
  readonly renewAfter: number
}

/** PKCS #8 in PEM, on P-256. */
export const makeKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey

const requestFor = (key: string): string => {
  const toSign = requestToSign(createPublicKey(key).export({ type: 'spki', format: 'der' }))
  return Buffer.from(signedRequest(toSign, sign('sha256', toSign, key))).toString('base64')
}

/** Rejects with `LinkError`, `PeerError` `join.*`, or the signal's reason. */
export const enrol = async (
  token: JoinToken,
  {
    key,
    serialNumber,
    proxy,
  }: { readonly key: string; readonly serialNumber: string; readonly proxy?: string | undefined },
  signal: AbortSignal,
): Promise<OwnCertificate> => {
  const { id, code, address, caFingerprint } = token
  const body = JSON.stringify({ id, code, request: requestFor(key), role: 'device', serialNumber })
  const socket = await openWeb(`https://${address}`, caFingerprint, signal, proxy)
  try {
    const headers = { host: address, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const options = { method: 'POST', path: '/api/v1/enrolment', headers, signal, createConnection: () => socket }
    const outgoing = request(options)
    const answered = once(outgoing, 'response', { signal })
    outgoing.end(body)
    const [answer] = (await answered) as [IncomingMessage]
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > MAX_ANSWER_BYTES) throw new LinkError('link.answer', `${address} answers without end`, { address })
      chunks.push(chunk)
    }
    return granted(answer.statusCode ?? 0, Buffer.concat(chunks).toString(), key)
  } finally {
    socket.destroy()
  }
}

/** The next certificate, over a session that came in by the one that is held. Rejects with `PeerError`, or as a request does. */
export const renew = async (
  session: HmpSession,
  held: OwnCertificate,
  key: string,
  signal: AbortSignal,
): Promise<OwnCertificate> => {
  const answer = await session.request(
    {
      method: 'POST',
      target: '/HMP/renewal',
      headers: { 'Content-Type': 'application/json' },
      body: new TextEncoder().encode(JSON.stringify({ request: requestFor(key) })),
    },
    { signal },
  )
  return granted(answer.status, new TextDecoder().decode(answer.body), key, held.identity)
}

const granted = (status: number, text: string, key: string, own?: string): OwnCertificate => {
  let said: Partial<Record<'code' | 'text' | 'identity' | 'certificate' | 'renewAfter', unknown>> = {}
  try {
    said = JSON.parse(text) as typeof said
  } catch {} // judged below, by what is missing
  const { identity = own, certificate, renewAfter } = said
  if (
    status === 200 &&
    typeof identity === 'string' &&
    typeof certificate === 'string' &&
    typeof renewAfter === 'number'
  ) {
    const isOurs = new X509Certificate(certificate).publicKey.equals(createPublicKey(key))
    if (isOurs) return { identity, key, certificate, renewAfter }
    throw new PeerError('join.answer', 'the certificate is for another key', { retry: 'never' })
  }
  throw new PeerError(String(said.code ?? 'join.answer'), String(said.text ?? `status ${status}`), {
    status,
    retry: status >= 500 || status === 429 ? 'later' : 'never',
  })
}

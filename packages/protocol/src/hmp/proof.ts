// SPDX-License-Identifier: Apache-2.0
/** The login by key, but for the HMAC itself, which the shell gives: hmp.md §7.2. */
import { base64, concat, unbase64, utf8 } from '../base/bytes.ts'
import { Defect } from '../base/errors.ts'
import { NONCE_BYTES } from './limits.ts'

/** The label under which TLS's exporter is asked for 32 bytes without context. */
export const EXPORTER_LABEL = 'EXPORTER-HMP-1'
/** Bytes of a device's key. */
export const KEY_BYTES = 32

/** Whose proof it is, and of which meeting. */
export interface ProofFields {
  readonly role: string
  readonly identity: string
  readonly diallerNonce: Uint8Array
  readonly acceptorNonce: Uint8Array
  /** Absent on WebSocket. */
  readonly exporter?: Uint8Array
}

/** The bytes that the HMAC is made over. */
export const proofInput = (fields: ProofFields): Uint8Array => {
  const { diallerNonce, acceptorNonce, exporter } = fields
  if (diallerNonce.length !== NONCE_BYTES || acceptorNonce.length !== NONCE_BYTES)
    throw new Defect('nonce of a wrong length')
  if (exporter && exporter.length !== 32) throw new Defect('exporter of a wrong length')
  const names = utf8(`hmp/1\0${fields.role}\0${fields.identity}\0`)
  return concat([names, diallerNonce, acceptorNonce, ...(exporter ? [exporter] : [])])
}

/** Base64 of RFC 4648 §5 without padding. */
export const base64url = (bytes: Uint8Array): string =>
  base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/** Compares a proof as text with the right bytes, in a time that tells nothing. */
export const isRightProof = (said: string, right: Uint8Array): boolean => {
  const bytes = unbase64(said)
  let difference = bytes?.length === right.length ? 0 : 1
  for (let i = 0; i < right.length; i++) difference |= (bytes?.[i] ?? 0) ^ right[i]!
  return difference === 0
}

/** What a device needs to dial its CMS: hmp.md §12. */
export interface DialToken {
  readonly identity: string
  readonly key: Uint8Array
  /** SHA-256 of the CMS's authority in DER, lower-case hex. */
  readonly caFingerprint: string
}

/** Writes `hmp1:<identity>:<key>:<fingerprint>`. */
export const formatDialToken = (token: DialToken): string =>
  `hmp1:${token.identity.replace(/[%:]/g, (c) => (c === ':' ? '%3A' : '%25'))}:${base64url(token.key)}:${token.caFingerprint.toLowerCase()}`

/** Reads a token; undefined for text that is none. */
export const parseDialToken = (text: string): DialToken | undefined => {
  const match = /^hmp1:([^:\s]{1,400}):([A-Za-z0-9_-]{43}):([0-9a-fA-F]{64})$/.exec(text.trim())
  if (!match) return undefined
  const key = unbase64(match[2]!)
  if (key?.length !== KEY_BYTES) return undefined
  const identity = match[1]!.replace(/%3A/gi, ':').replace(/%25/g, '%')
  return { identity, key, caFingerprint: match[3]!.toLowerCase() }
}

// SPDX-License-Identifier: Apache-2.0
/**
 * What enrolment puts on the wire, but for the cryptography, which the shell gives: join tokens (hmp.md §12.1) and the
 * certification request (RFC 2986 in DER; hmp.md §12.2).
 */
import { concat, unbase64 } from '../base/bytes.ts'
import { Defect } from '../base/errors.ts'
import { base64url } from './proof.ts'

/** Bytes of a join token's name. */
export const JOIN_ID_BYTES = 6
/** Bytes of its one-time code. */
export const JOIN_CODE_BYTES = 16

/** What a person carries to a device, so that it can fetch its certificate. */
export interface JoinToken {
  /** Names the token; 6 bytes, base64url. */
  readonly id: string
  /** Opens it, once; 16 bytes, base64url. A secret. */
  readonly code: string
  /** SHA-256 of the authority of the CMS's TLS server, lower-case hex. */
  readonly caFingerprint: string
  /** `host:port` */
  readonly address: string
}

/** Writes `hmp1j:<id>:<code>:<pin>:<address>`. */
export const formatJoinToken = ({ id, code, caFingerprint, address }: JoinToken): string =>
  `hmp1j:${id}:${code}:${caFingerprint.toLowerCase()}:${address}`

/** Reads a join token; undefined for text that is none. */
export const parseJoinToken = (text: string): JoinToken | undefined => {
  const match =
    /^hmp1j:([\w-]{8}):([\w-]{22}):([0-9a-fA-F]{64}):((?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):\d{1,5})$/.exec(
      text.trim(),
    )
  if (!match) return undefined
  const [, id = '', code = '', pin = '', address = ''] = match
  const bytes = unbase64(code)
  // One code has one spelling.
  if (bytes?.length !== JOIN_CODE_BYTES || base64url(bytes) !== code) return undefined
  if (Number(address.slice(address.lastIndexOf(':') + 1)) > 65_535) return undefined
  return { id, code, caFingerprint: pin.toLowerCase(), address }
}

/** The name in a certificate (hmp.md §7.1): `hmp:` and the identity, percent-encoded. */
export const identityUri = (identity: string): string => `hmp:${encodeURIComponent(identity)}`

const SEQUENCE = 0x30
const BIT_STRING = 0x03
/** ecdsa-with-SHA256, RFC 5758 §3.2. */
const ECDSA_SHA256 = Uint8Array.of(0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)
/** Version 0, and a subject without names. */
const VERSION_AND_NOBODY = Uint8Array.of(0x02, 0x01, 0x00, 0x30, 0x00)
const NO_ATTRIBUTES = Uint8Array.of(0xa0, 0x00)

const der = (tag: number, ...content: readonly Uint8Array[]): Uint8Array => {
  const body = concat(content)
  const { length } = body
  if (length > 0xffff) throw new Defect('a DER value that is too long')
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  return concat([Uint8Array.from(head), body])
}

/** CertificationRequestInfo for a public key (SubjectPublicKeyInfo, DER): the bytes that are signed. */
export const requestToSign = (publicKey: Uint8Array): Uint8Array =>
  der(SEQUENCE, VERSION_AND_NOBODY, publicKey, NO_ATTRIBUTES)

/** CertificationRequest, DER: what was signed with its ECDSA signature over SHA-256 (a DER sequence of r and s). */
export const signedRequest = (signedBytes: Uint8Array, signature: Uint8Array): Uint8Array =>
  der(SEQUENCE, signedBytes, ECDSA_SHA256, der(BIT_STRING, Uint8Array.of(0), signature))

// SPDX-License-Identifier: Apache-2.0
/**
 * The authority of devices (docs/protocol/hmp.md §12): apart from that of our TLS server, it signs client certificates and
 * nothing else. Made at the first start; its key is sealed in the database.
 */
import 'reflect-metadata' // @peculiar/x509's dependency container asks for it when it is loaded
import { webcrypto } from 'node:crypto'
import { Refusal } from '@openhmp/protocol/base'
import { identityUri } from '@openhmp/protocol/hmp'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { ALGORITHM, generate, keyOf, pemOf, serialNumber } from '../front/authority.ts'
import type { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'

const DAY_MS = 24 * 60 * 60_000
const AUTHORITY_DAYS = 3650
/** Life of a link's certificate. */
export const LINK_DAYS = 90
/** Our own clock may have been set back a little since. */
const SLACK_MS = 5 * 60_000
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

/** The setting that it stands in: the key sealed, the certificate as it is. */
export const DEVICE_AUTHORITY_SETTING = 'deviceAuthority'
/** Where its key is sealed. */
export const authorityPlace = { table: 'setting', row: DEVICE_AUTHORITY_SETTING, field: 'key' }

/** A certificate as it was issued. */
export interface IssuedLink {
  readonly pem: string
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string
  readonly notAfter: number
}

/** A request that was found good. */
export interface CheckedRequest {
  readonly publicKey: webcrypto.CryptoKey
  /** SHA-256 of the key (SPKI in DER), hex. */
  readonly keyHash: string
}

const refuse = (code: string, text: string, cause?: unknown): Refusal =>
  new Refusal('invalid', code, text, cause === undefined ? {} : { cause })

/** Judges a certification request in base64. Throws `Refusal` `join.request`, `join.key`, `join.name`. */
export const checkRequest = async (base64: string): Promise<CheckedRequest> => {
  let request: Pkcs10CertificateRequest
  try {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new Error('it is no base64')
    request = new Pkcs10CertificateRequest(Buffer.from(base64, 'base64'))
  } catch (cause) {
    throw refuse('join.request', 'this is no certification request (PKCS #10)', cause)
  }
  const { name, namedCurve } = request.publicKey.algorithm as { name?: string; namedCurve?: string }
  if (!/^EC/.test(name ?? '') || namedCurve !== ALGORITHM.namedCurve)
    throw refuse('join.key', 'the key has to be one on P-256')
  const isSigned = await request.verify().catch(() => false)
  if (!isSigned) throw refuse('join.request', 'the request is not signed by its own key')
  if (request.subject !== '' || request.attributes.length > 0)
    throw refuse('join.name', 'the request names somebody: names are given here')
  const digest = await webcrypto.subtle.digest('SHA-256', request.publicKey.rawData)
  return { publicKey: await request.publicKey.export(), keyHash: Buffer.from(digest).toString('hex') }
}

/** The authority. */
export class DeviceAuthority {
  /** For the TLS server that asks for client certificates. */
  readonly caPem: string
  readonly #ca: X509Certificate
  readonly #key: webcrypto.CryptoKey

  private constructor(ca: X509Certificate, key: webcrypto.CryptoKey) {
    this.#ca = ca
    this.#key = key
    this.caPem = ca.toString('pem')
  }

  /** Reads it, or makes it the first time. Throws `Refusal` `secret.sealed`. */
  static async load(store: Store, sealer: Sealer, nowMs: number): Promise<DeviceAuthority> {
    const made = await make(nowMs)
    const value = await store.setting(DEVICE_AUTHORITY_SETTING, () =>
      JSON.stringify({ certificate: made.certificate, key: sealer.seal(new Secret(made.key), authorityPlace) }),
    )
    const { certificate, key } = JSON.parse(value) as { certificate: string; key: string }
    return new DeviceAuthority(new X509Certificate(certificate), await keyOf(sealer.open(key, authorityPlace).reveal()))
  }

  /** A certificate for an identity. */
  async issue({ publicKey }: CheckedRequest, identity: string, nowMs: number): Promise<IssuedLink> {
    const notAfter = Math.min(nowMs + LINK_DAYS * DAY_MS, this.#ca.notAfter.getTime())
    const leaf = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: new Name([{ CN: [identity] }]).toString(),
      issuer: this.#ca.subject,
      notBefore: new Date(nowMs - SLACK_MS),
      notAfter: new Date(notAfter),
      signingAlgorithm: ALGORITHM,
      publicKey,
      signingKey: this.#key,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([CLIENT_AUTH]),
        new SubjectAlternativeNameExtension([{ type: 'url', value: identityUri(identity) }]),
        await SubjectKeyIdentifierExtension.create(publicKey),
        await AuthorityKeyIdentifierExtension.create(this.#ca),
      ],
    })
    const fingerprint = Buffer.from(await leaf.getThumbprint('SHA-256')).toString('hex')
    return { pem: `${leaf.toString('pem').trimEnd()}\n`, fingerprint, notAfter: leaf.notAfter.getTime() }
  }
}

const make = async (nowMs: number): Promise<{ certificate: string; key: string }> => {
  const keys = await generate()
  const ca = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=OpenHMP devices',
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: ca.toString('pem'), key: await pemOf(keys.privateKey) }
}

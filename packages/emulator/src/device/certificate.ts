// SPDX-License-Identifier: Apache-2.0
/** What a device shows over HTTPS: a certificate that it signed itself, as from the factory (RFC 5280), or one that it was given. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { bitString, integer, oid, sequence, set, tagged, time, utf8String } from './der.ts'
import { DeviceRefusal } from './refusal.ts'

/** Longest certificate or chain that is taken, in characters. */
export const MAX_CERTIFICATE_LENGTH = 16 * 1024
/** How long a certificate that a device signs itself is good: ten years. */
export const CERTIFICATE_MS = 10 * 365.25 * 86_400_000

/** Key and certificate in PEM. */
export interface Credentials {
  readonly key: string
  readonly certificate: string
}

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))
/** A name that has a common name alone, as these devices have it. */
const nameOf = (commonName: string) => sequence(set(sequence(oid('2.5.4.3'), utf8String(commonName))))
const pem = (label: string, der: Uint8Array): string => {
  const lines = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
const signed = (contents: Uint8Array, key: KeyObject): Uint8Array =>
  sequence(contents, ecdsaWithSha256, bitString(sign('sha256', contents, key)))

/** One device's. Nothing is made before it is asked for. */
export class DeviceCertificate {
  readonly #commonName: string
  readonly #now: () => number
  readonly #onChange: () => void
  readonly #listeners = new Set<(credentials: Credentials) => void>()
  #credentials: Credentials | undefined
  /** Of the last request: its certificate is still to come. */
  #asked: KeyObject | undefined

  constructor(commonName: string, now: () => number, credentials: Credentials | undefined, onChange: () => void) {
    this.#commonName = commonName
    this.#now = now
    this.#credentials = credentials
    this.#onChange = onChange
  }

  /** What is shown now. */
  get credentials(): Credentials {
    if (!this.#credentials) {
      this.#credentials = this.#selfSigned()
      this.#onChange()
    }
    return this.#credentials
  }

  /** As it is kept; undefined while none was needed. */
  get state(): Credentials | undefined {
    return this.#credentials
  }

  /** Tells each new one. */
  onCredentials(listener: (credentials: Credentials) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** A request for a certificate (PKCS #10, RFC 2986) of a new key, which is used once the certificate is installed. */
  request(commonName = this.#commonName): string {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    this.#asked = privateKey
    const spki = publicKey.export({ type: 'spki', format: 'der' })
    const contents = sequence(integer(Uint8Array.of(0)), nameOf(commonName), spki, tagged(0))
    return pem('CERTIFICATE REQUEST', signed(contents, privateKey))
  }

  /**
   * Takes a certificate, chain after it, of the key of the last request, of the key in use, or of the one that comes with it.
   * Throws `DeviceRefusal` `certificate-wrong`.
   */
  install(certificate: string, key?: string): void {
    const wrong = (text: string, cause?: unknown) => new DeviceRefusal('certificate-wrong', text, { cause })
    if (certificate.length > MAX_CERTIFICATE_LENGTH) throw wrong('the certificate is too long')
    let leaf: X509Certificate
    let keys: KeyObject[]
    try {
      leaf = new X509Certificate(certificate)
      keys = key === undefined ? [createPrivateKey(this.credentials.key)] : [createPrivateKey(key)]
    } catch (cause) {
      throw wrong('certificate or key cannot be read', cause)
    }
    if (key === undefined && this.#asked) keys.unshift(this.#asked)
    const fitting = keys.find((one) => leaf.checkPrivateKey(one))
    if (!fitting) throw wrong('the certificate is of another key')
    this.#asked = undefined
    this.#use({ certificate, key: pemOf(fitting) })
  }

  /** Back to one that the device signs itself, of a new key. */
  reset(): void {
    this.#asked = undefined
    if (this.#credentials) this.#use(this.#selfSigned())
  }

  #use(credentials: Credentials): void {
    this.#credentials = credentials
    this.#onChange()
    for (const listener of this.#listeners) listener(credentials)
  }

  #selfSigned(): Credentials {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const name = nameOf(this.#commonName)
    const fromMs = this.#now()
    const contents = sequence(
      integer(randomBytes(8)),
      ecdsaWithSha256,
      name,
      sequence(time(fromMs), time(fromMs + CERTIFICATE_MS)),
      name,
      publicKey.export({ type: 'spki', format: 'der' }),
    )
    return { certificate: pem('CERTIFICATE', signed(contents, privateKey)), key: pemOf(privateKey) }
  }
}

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

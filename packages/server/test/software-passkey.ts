// SPDX-License-Identifier: Apache-2.0
/**
 * An authenticator made of software that says whatever a test wants (WebAuthn level 3, sections 6.1 and 6.5; CBOR by hand,
 * RFC 8949). A real browser's is in the end-to-end tests.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { PasskeyAssertion, PasskeyRegistration } from '@openhmp/contract'

const USER_PRESENT = 1
const USER_VERIFIED = 4
const HAS_CREDENTIAL = 64

/** Where a passkey lies, on purpose. */
export interface Lies {
  readonly origin?: string
  readonly rpId?: string
  readonly isVerified?: boolean
  readonly counter?: number
  readonly challenge?: string
  readonly type?: string
}

const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest()
const base64 = (data: Uint8Array | string): string => Buffer.from(data).toString('base64url')
const text = (value: string): Buffer => Buffer.concat([Buffer.of(0x60 | value.length), Buffer.from(value)])

/** One passkey for one host. */
export class SoftwarePasskey {
  readonly #host: string
  readonly #id = randomBytes(16)
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  #counter = 0

  constructor(host: string) {
    this.#host = host
  }

  get id(): string {
    return base64(this.#id)
  }

  /** The answer to `navigator.credentials.create`. */
  create(options: Record<string, unknown>, lies: Lies = {}): PasskeyRegistration {
    const { x, y } = this.#keys.publicKey.export({ format: 'jwk' })
    const key = [Buffer.from('a5010203262001215820', 'hex'), Buffer.from(x!, 'base64url')]
    const credential = Buffer.concat([
      ...[Buffer.alloc(16), Buffer.of(0, this.#id.length), this.#id, ...key],
      ...[Buffer.from('225820', 'hex'), Buffer.from(y!, 'base64url')],
    ])
    const authData = Buffer.concat([this.#head(lies, HAS_CREDENTIAL), credential])
    const attestationObject = Buffer.concat([
      ...[Buffer.of(0xa3), text('fmt'), text('none'), text('attStmt'), Buffer.of(0xa0), text('authData')],
      ...[Buffer.of(0x58, authData.length), authData],
    ])
    return {
      ...this.#said(),
      response: {
        clientDataJSON: this.#clientData('webauthn.create', options, lies),
        attestationObject: base64(attestationObject),
        transports: ['internal'],
      },
    }
  }

  /** The answer to `navigator.credentials.get`. */
  get(options: Record<string, unknown>, lies: Lies = {}): PasskeyAssertion {
    this.#counter++
    const authData = this.#head(lies, 0)
    const clientDataJSON = this.#clientData('webauthn.get', options, lies)
    const signed = Buffer.concat([authData, sha256(Buffer.from(clientDataJSON, 'base64url'))])
    return {
      ...this.#said(),
      response: {
        clientDataJSON,
        authenticatorData: base64(authData),
        signature: base64(sign('sha256', signed, this.#keys.privateKey)),
      },
    }
  }

  #said() {
    return { id: this.id, rawId: this.id, type: 'public-key' as const, clientExtensionResults: {} }
  }

  #head({ rpId = this.#host, isVerified = true, counter = this.#counter }: Lies, more: number): Buffer {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    return Buffer.concat([sha256(rpId), Buffer.of(USER_PRESENT | (isVerified ? USER_VERIFIED : 0) | more), count])
  }

  #clientData(usual: string, options: Record<string, unknown>, { origin, challenge, type = usual }: Lies): string {
    const said = {
      ...{ type, challenge: challenge ?? options['challenge'], origin: origin ?? `https://${this.#host}:8443` },
      crossOrigin: false,
    }
    return base64(JSON.stringify(said))
  }
}

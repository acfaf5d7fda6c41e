// SPDX-License-Identifier: Apache-2.0
/**
 * Secrets at rest: AES-256-GCM with a random 96-bit nonce. Table, row and field are bound in, so a sealed value that is
 * moved to another row does not open there. Form: `1.` and the base64url of nonce, ciphertext and tag.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { Refusal } from '@openhmp/protocol/base'
import { Secret } from './secret.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const VERSION = '1.'

/** Where a sealed value stands. */
export interface Place {
  readonly table: string
  readonly row: string
  readonly field: string
}

const contextOf = ({ table, row, field }: Place): Buffer => Buffer.from(`${table}|${row}|${field}`)

/** Seals and opens under one key. */
export class Sealer {
  readonly #key: Uint8Array
  constructor(key: Uint8Array) {
    this.#key = key
  }

  seal(secret: Secret, place: Place): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(contextOf(place))
    const sealed = Buffer.concat([nonce, cipher.update(secret.reveal(), 'utf8'), cipher.final(), cipher.getAuthTag()])
    return VERSION + sealed.toString('base64url')
  }

  /** Tells equal secrets from others, and nothing else: useless without the key. */
  mark(secret: Secret): string {
    return createHmac('sha256', this.#key).update(`mark|${secret.reveal()}`).digest('base64url')
  }

  /** Throws `Refusal` `secret.sealed` when the key or the place is another, or the value was changed. */
  open(sealed: string, place: Place): Secret {
    const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url')
    try {
      if (!sealed.startsWith(VERSION) || bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('too short')
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES))
      decipher.setAAD(contextOf(place)).setAuthTag(bytes.subarray(-TAG_BYTES))
      return new Secret(
        decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8'),
      )
    } catch (cause) {
      const text = `a stored secret (${place.table} ${place.field}) does not open: the key file is another one, or the database was changed`
      throw new Refusal('unavailable', 'secret.sealed', text, { cause })
    }
  }
}

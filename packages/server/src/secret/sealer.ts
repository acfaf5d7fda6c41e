// SPDX-License-Identifier: Apache-2.0
/**
 * Secrets at rest: AES-256-GCM with a random 96-bit nonce. Table, row and field are bound in, so a sealed value that is
 * moved to another row does not open there. Form: `2.`, the name of the key, `.`, and the base64url of nonce, ciphertext and
 * tag. Values of before keys had names begin with `1.` and name none.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { Refusal } from '@openhmp/protocol/base'
import { Secret } from './secret.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const FORM = /^(?:1|2\.([0-9a-f]{8}))\.([\w-]+)$/

/** Where a sealed value stands. */
export interface Place {
  readonly table: string
  readonly row: string
  readonly field: string
}

const contextOf = ({ table, row, field }: Place): Buffer => Buffer.from(`${table}|${row}|${field}`)

/** Names a key without giving it away. */
export const nameOfKey = (key: Uint8Array): string => createHmac('sha256', key).update('name').digest('hex').slice(0, 8)

/** Seals under the newest key, and opens under any. */
export class Sealer {
  #key: Uint8Array
  /** By name, the newest first. */
  readonly #keys: Map<string, Uint8Array>

  /** The newest first. */
  constructor(key: Uint8Array, ...older: Uint8Array[]) {
    this.#key = key
    this.#keys = new Map([key, ...older].map((one) => [nameOfKey(one), one]))
  }

  /** From now on the newest. */
  adopt(key: Uint8Array): void {
    const older = [...this.#keys]
    this.#key = key
    this.#keys.clear()
    for (const [name, one] of [[nameOfKey(key), key] as const, ...older]) this.#keys.set(name, one)
  }

  /** The name of the key that a value is sealed with; undefined where it names none. */
  static keyOf(sealed: string): string | undefined {
    return FORM.exec(sealed)?.[1]
  }

  /** The same secret under the newest key; undefined when it is already. Throws `Refusal` `secret.sealed`. */
  reseal(sealed: string, place: Place): string | undefined {
    return Sealer.keyOf(sealed) === nameOfKey(this.#key) ? undefined : this.seal(this.open(sealed, place), place)
  }

  seal(secret: Secret, place: Place): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(contextOf(place))
    const sealed = Buffer.concat([nonce, cipher.update(secret.reveal(), 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `2.${nameOfKey(this.#key)}.${sealed.toString('base64url')}`
  }

  /** Tells equal secrets from others, and nothing else: useless without the key. */
  mark(secret: Secret): string {
    return markUnder(this.#key, secret)
  }

  /** True when this is the secret's mark under any of the keys. */
  isMarked(secret: Secret, mark: string): boolean {
    return [...this.#keys.values()].some((key) => markUnder(key, secret) === mark)
  }

  /** Throws `Refusal` `secret.sealed` when the key or the place is another, or the value was changed. */
  open(sealed: string, place: Place): Secret {
    const [, name, content = ''] = FORM.exec(sealed) ?? []
    const named = name === undefined ? [...this.#keys.values()] : [this.#keys.get(name)]
    let cause: unknown
    for (const key of named)
      try {
        if (key) return openUnder(key, Buffer.from(content, 'base64url'), place)
      } catch (error) {
        cause = error
      }
    const text = `a stored secret (${place.table} ${place.field}) does not open: the key file is another one, or the database was changed`
    throw new Refusal('unavailable', 'secret.sealed', text, { cause })
  }
}

const markUnder = (key: Uint8Array, secret: Secret): string =>
  createHmac('sha256', key).update(`mark|${secret.reveal()}`).digest('base64url')

const openUnder = (key: Uint8Array, bytes: Buffer, place: Place): Secret => {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('too short')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
  decipher.setAAD(contextOf(place)).setAuthTag(bytes.subarray(-TAG_BYTES))
  return new Secret(
    decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8'),
  )
}

// SPDX-License-Identifier: Apache-2.0
/** Secrets at rest: AES-256-GCM, a random nonce, and the place where it stands bound in, so that a moved value does not open. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Refusal } from '@openhmp/protocol/base'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const VERSION = '1.'

/** `1.` and the base64url of nonce, ciphertext and tag. */
export const seal = (key: Uint8Array, secret: string, place: string): string => {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
  const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return VERSION + sealed.toString('base64url')
}

/** Throws `Refusal` `secret.sealed` when key or place is another, or the value was changed. */
export const unseal = (key: Uint8Array, sealed: string, place: string): string => {
  const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url')
  try {
    if (!sealed.startsWith(VERSION) || bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('too short')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(place))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch (cause) {
    throw new Refusal('unavailable', 'secret.sealed', `a kept secret (${place}) does not open: the key is another`, {
      cause,
    })
  }
}

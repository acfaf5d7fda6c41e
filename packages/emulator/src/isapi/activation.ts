// SPDX-License-Identifier: Apache-2.0
/** The first password: a key is given for a public key, and the password taken under it. Answered before activation alone. */
import { constants, createDecipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { element, textAt } from '@openhmp/protocol/xml'
import { IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, type Route } from './route.ts'

const MODULUS_HEX_DIGITS = 256
/** The key that was given last, in hex; it is good once. */
const keys = new WeakMap<DeviceCore, string>()

const fromBase64 = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString('latin1')
const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')

/** Paths of this part of the tree. */
export const activationRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/Security/challenge',
    open: 'before-activation',
    handle: ({ core, body }) => {
      if (core.isActivated) return { status: 'hasActivated' }
      const modulus = fromBase64(body && textAt(body, 'key'))
      if (modulus.length !== MODULUS_HEX_DIGITS || !/^[0-9a-f]+$/i.test(modulus)) return { status: 'badParameters' }
      const n = Buffer.from(modulus, 'hex').toString('base64url')
      const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' })
      const secret = randomBytes(16).toString('hex')
      keys.set(core, secret)
      const cipher = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(secret, 'latin1'))
      return { document: document(core, 'Challenge', [element('key', base64(cipher.toString('hex')))]) }
    },
  },
  {
    method: 'PUT',
    path: '/System/activate',
    open: 'before-activation',
    handle: ({ core, body }) => {
      if (core.isActivated) return { status: 'hasActivated' }
      const key = keys.get(core)
      if (key === undefined) return { status: 'badParameters' }
      keys.delete(core)
      core.activate(opened(key, fromBase64(body && textAt(body, 'password'))))
      return { status: 'ok' }
    },
  },
]

/** Throws the refusal for what was not made with this key. */
const opened = (key: string, hex: string): string => {
  const cipher = Buffer.from(hex, 'hex')
  if (cipher.length === 0 || cipher.length % 16 !== 0) throw new IsapiRefusal('badParameters')
  const decipher = createDecipheriv('aes-128-ecb', Buffer.from(key, 'hex'), null).setAutoPadding(false)
  const text = Buffer.concat([decipher.update(cipher), decipher.final()]).toString('latin1')
  if (!text.startsWith(key.slice(0, 16))) throw new IsapiRefusal('badParameters')
  return text.slice(16).replace(/\0+$/, '')
}

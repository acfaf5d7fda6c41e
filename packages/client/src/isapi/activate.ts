// SPDX-License-Identifier: Apache-2.0
/**
 * The first password of a device from its box: it is asked for a key (RSA, 1024 bits, the only length these devices know),
 * and the password goes to it under that key by AES-128-ECB, no block of which repeats. The scheme is the web page's own; it
 * keeps the password from who listens, not from who stands in between. No login is ever sent.
 */
import { constants, createCipheriv, generateKeyPair, type KeyObject, privateDecrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { type Clock, PeerError, Refusal, utf8 } from '@openhmp/protocol/base'
import { isapiRoot, passwordFault } from '@openhmp/protocol/isapi'
import { element, formatXml, textAt } from '@openhmp/protocol/xml'
import type { Reach } from '../reach.ts'
import type { TlsTrust } from '../socket.ts'
import { confirmationOf, documentOf, errorOfAnswer } from './answer.ts'
import { Connections } from './connections.ts'
import { exchangeWhole, type WholeAnswer } from './exchange.ts'
import { parseIsapiAddress } from './target.ts'

/** The administrator's name is the device's choice. */
const ADMINISTRATOR = 'admin'
const KEY_BITS = 1024
const ANSWER_MS = 10_000
const MAX_ANSWER_BYTES = 64 * 1024

/** How the device is reached. */
export interface ActivateOptions {
  readonly clock: Clock
  readonly signal?: AbortSignal
  /** For HTTPS; left out: the certificate that is shown is taken. */
  readonly tls?: TlsTrust
  /** Which addresses may be called; left out: all. */
  readonly reach?: Reach
}

/**
 * Gives a device that has none its first password. Rejects with `Refusal` `device.password-weak` before anything is sent,
 * `device.activated` when it has one, `PeerError` `isapi.*`, `LinkError`.
 */
export const activateDevice = async (address: string, password: string, options: ActivateOptions): Promise<void> => {
  const fault = passwordFault(password, ADMINISTRATOR)
  if (fault !== undefined)
    throw new Refusal('invalid', 'device.password-weak', `no device takes this password: ${fault}`)
  const { clock, reach, signal = new AbortController().signal, tls = { onFirstUse: () => {} } } = options
  const target = parseIsapiAddress(address)
  const connections = new Connections({ target, tls, clock, signal, connectMs: undefined, reach })
  const ask = async (method: 'POST' | 'PUT', path: string, text: string): Promise<WholeAnswer> => {
    const body = utf8(text)
    const answer = await exchangeWhole({
      ...{ target, connections, method, path, body, clock, signal, isAlone: true },
      ...{ answerMs: ANSWER_MS, bodyMs: ANSWER_MS, maxBytes: MAX_ANSWER_BYTES },
      headers: { Host: target.name, 'Content-Type': 'application/xml', 'Content-Length': String(body.length) },
    })
    // Who wants a login has a password; others say so.
    if (answer.status === 401 || hasSaidActivated(answer))
      throw new Refusal('conflict', 'device.activated', `${target.name} has a password already`)
    return answer
  }
  try {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: KEY_BITS })
    const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n!, 'base64url').toString('hex')
    const question = formatXml(isapiRoot('PublicKey', [element('key', base64(modulus))]))
    const path = '/ISAPI/Security/challenge'
    const challenge = documentOf(await ask('POST', path, question), `${target.name}: POST ${path}`)
    const key = keyOf(textAt(challenge, 'key') ?? '', privateKey)
    if (key === undefined)
      throw new PeerError('isapi.not-isapi', `${target.name}: the device gives no key that can be used`, {
        retry: 'never',
      })
    const secret = formatXml(isapiRoot('ActivateInfo', [element('password', base64(sealed(key, password)))]))
    const where = '/ISAPI/System/activate'
    confirmationOf(await ask('PUT', where, secret), `${target.name}: PUT ${where}`)
  } finally {
    connections.destroy()
  }
}

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')
const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('latin1')

/** Tolerates: words that differ, `hasActivated` or `activated`; "not activated" is none of them. */
const hasSaidActivated = (answer: WholeAnswer): boolean =>
  /^isapi\.(has|is|already)?-?activated$/i.test(errorOfAnswer(answer, '')?.code ?? '')

/** The key that came under ours; undefined for what is none. */
const keyOf = (told: string, privateKey: KeyObject): string | undefined => {
  try {
    const cipher = Buffer.from(fromBase64(told), 'hex')
    const key = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, cipher).toString('latin1')
    return /^[0-9a-f]{32}$/i.test(key) ? key : undefined
  } catch {
    return undefined // not of this length, or not under this key
  }
}

/** The start of the key goes before the password, so that the same password never looks the same; zeros fill the last block. */
const sealed = (key: string, password: string): string => {
  const text = Buffer.from(key.slice(0, 16) + password, 'latin1')
  const filled = Buffer.concat([text, Buffer.alloc(-text.length & 15)])
  const cipher = createCipheriv('aes-128-ecb', Buffer.from(key, 'hex'), null).setAutoPadding(false)
  return Buffer.concat([cipher.update(filled), cipher.final()]).toString('hex')
}

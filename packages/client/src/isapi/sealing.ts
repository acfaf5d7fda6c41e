// SPDX-License-Identifier: Apache-2.0
/** A value sealed on its way to a device, as its own web page does it, where the device says how. */
import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { PeerError } from '@openhmp/protocol/base'
import { readSealingScheme, sealingKey } from '@openhmp/protocol/isapi'
import type { LoginCredentials } from '../login-guard.ts'
import type { IsapiDoor } from './resource.ts'

/** A value for a URL, and what must stand beside it. */
export interface Sealed {
  readonly value: string
  /** `security=1&iv=HEX`. */
  readonly query: string
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Undefined where the device seals nothing. Rejects as `getXml` does when it is not reached or refuses the account. */
export const sealFor = async (
  door: IsapiDoor,
  login: LoginCredentials,
  text: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<Sealed | undefined> => {
  const scheme = await readScheme(door, login.username, signal)
  if (!scheme) return undefined
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-128-cbc', Buffer.from(sealingKey(scheme, login, sha256), 'hex'), iv)
  const base64 = Buffer.from(text).toString('base64')
  const value = Buffer.concat([cipher.update(base64, 'latin1'), cipher.final()]).toString('hex')
  return { value, query: `security=1&iv=${iv.toString('hex')}` }
}

const readScheme = async (door: IsapiDoor, username: string, signal: AbortSignal) => {
  try {
    const path = `/ISAPI/Security/capabilities?username=${encodeURIComponent(username)}`
    return readSealingScheme(await door.getXml(path, { signal }))
  } catch (error) {
    if (error instanceof PeerError && error.retry !== 'after-login') return undefined // it has no such page
    throw error
  }
}

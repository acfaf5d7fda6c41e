// SPDX-License-Identifier: Apache-2.0
/** The number that proves knowledge of the password, RFC 7616 §3.4.1 and RFC 2069 §2.1.2. */
import type { Hash, HashName } from './challenge.ts'

/** What goes into it. Without `count` it is RFC 2069's. */
export interface ResponseInput {
  readonly algorithm: HashName
  readonly isSession: boolean
  readonly username: string
  readonly realm: string
  readonly password: string
  readonly nonce: string
  readonly method: string
  readonly uri: string
  readonly cnonce?: string
  /** `nc`, eight hex digits as written. */
  readonly count?: string
}

/** The `response` parameter. */
export const digestResponse = (input: ResponseInput, hash: Hash): string => {
  const { algorithm, isSession, username, realm, password, nonce, method, uri, cnonce = '', count } = input
  const account = hash(algorithm, `${username}:${realm}:${password}`)
  const a1 = isSession ? hash(algorithm, `${account}:${nonce}:${cnonce}`) : account
  const a2 = hash(algorithm, `${method}:${uri}`)
  return hash(algorithm, count === undefined ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${count}:${cnonce}:auth:${a2}`)
}

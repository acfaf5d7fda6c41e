// SPDX-License-Identifier: Apache-2.0
/** What a device dials in with: its identity, its own key and the fingerprint of the authority that it is to pin. Shown once. */
import { randomBytes } from 'node:crypto'
import { formatDialToken } from '@openhmp/protocol/hmp'
import { Secret } from '../secret/secret.ts'

const KEY_BYTES = 32

/** A new key, base64url. */
export const makeKey = (): Secret => new Secret(randomBytes(KEY_BYTES).toString('base64url'))

/** A new identity, easy to read aloud. */
export const makeIdentity = (): string => `cam-${randomBytes(5).toString('hex')}`

/** The token as text, for `hmp emulate --join` and the like. */
export const tokenOf = (identity: string, key: Secret, caFingerprint: string): string =>
  formatDialToken({ identity, key: Buffer.from(key.reveal(), 'base64url'), caFingerprint })

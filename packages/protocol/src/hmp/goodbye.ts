// SPDX-License-Identifier: Apache-2.0
/** Why sessions end: hmp.md §6.7. The number is what WebSocket's close code adds to 4000. */
import { HmpError } from '../base/errors.ts'

/** Code to number. `magic` to `sequence` name the field of the header that broke its rule. */
export const goodbyeNumbers = {
  magic: 1,
  version: 2,
  type: 3,
  flags: 4,
  reserved: 5,
  length: 6,
  sequence: 7,
  login: 8,
  epoch: 9,
  revoked: 10,
  flow: 11,
  idle: 12,
  renew: 13,
  busy: 14,
  shutdown: 15,
  message: 16,
} as const

/** A reason to end a session. */
export type GoodbyeCode = keyof typeof goodbyeNumbers

/** True for a word of the table. A peer of a later edition may use others. */
export const isGoodbyeCode = (text: string): text is GoodbyeCode => Object.hasOwn(goodbyeNumbers, text)

/** Thrown by those who decide over a login, to end the session with this code. Its `code` is `hmp.` and the goodbye's. */
export class Goodbye extends HmpError {
  readonly goodbye: GoodbyeCode
  readonly retryAfterMs: number | undefined
  constructor(goodbye: GoodbyeCode, text: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(`hmp.${goodbye}`, text, options)
    this.goodbye = goodbye
    this.retryAfterMs = options.retryAfterMs
  }
}

// SPDX-License-Identifier: Apache-2.0
/** From what went wrong with a device to how its state reads, and to how long to leave it alone. */
import { LOGIN_BLOCK_MS } from '@openhmp/client'
import { HmpError, PeerError } from '@openhmp/protocol/base'
import type { Condition } from './gear.ts'

/** A refused account is left alone for as long as the login guard would: only a person can mend it. */
export const REFUSED_WAIT_MS = LOGIN_BLOCK_MS
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 30_000
const NOT_ACTIVATED = 'isapi.not-activated'

export const ONLINE: Condition = { state: 'online', cause: null }
export const CONNECTING: Condition = { state: 'connecting', cause: null }

/** True when the device said no to the account. */
export const isRefusal = (error: unknown): boolean => error instanceof PeerError && error.retry === 'after-login'

/** A failed try as a state with its cause. */
export const conditionOf = (error: unknown): Condition => {
  const isOurs = error instanceof HmpError
  const cause = isOurs ? { code: error.code, text: error.message } : timeoutOr(error)
  return { state: stateOf(error), cause }
}

const stateOf = (error: unknown): Condition['state'] => {
  if (!isRefusal(error)) return 'unreachable'
  const { code } = error as PeerError
  return code === 'isapi.locked' ? 'locked' : code === NOT_ACTIVATED ? 'not-activated' : 'refused'
}

const timeoutOr = (error: unknown): { code: string; text: string } =>
  error instanceof Error && error.name === 'TimeoutError'
    ? { code: 'link.timeout', text: 'the device did not answer in time' }
    : { code: 'defect', text: 'something went wrong on the server; its log says more' }

/** The wait before try number `failures` (1 after the first failure); `random` in 0..1 keeps a fleet from calling in step. */
export const waitAfter = (error: unknown, failures: number, random: number): number => {
  // It is waited for, and asking costs no login.
  if (error instanceof PeerError && error.code === NOT_ACTIVATED) return LONGEST_WAIT_MS
  if (isRefusal(error)) return REFUSED_WAIT_MS
  const limit = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(10, failures - 1))
  return limit * (0.5 + random / 2)
}

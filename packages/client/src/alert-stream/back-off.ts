// SPDX-License-Identifier: Apache-2.0
/** How long to wait before an alert stream is tried again: exponential with full jitter, so that a fleet does not call in step. */
import { HmpError, PeerError } from '@openhmp/protocol/base'

/** Longest wait of the first retry. It stays so for the first minute, in which most devices come back from a restart. */
export const FIRST_RETRY_MS = 1000
export const RECENT_MS = 60_000
/** After that it doubles with each failure, up to this. */
export const MAX_RETRY_MS = 30_000
/** After a wrong password: time that asks no more of an account than a person would. */
export const LOGIN_RETRY_MS = 10 * 60_000
/** After a "no" that does not depend on time: the device may have been updated. */
export const REFUSAL_RETRY_MS = 5 * 60_000
/** No wait is shorter, whatever the dice say. */
const MIN_RETRY_MS = 100

/**
 * The wait after `cause`. `failures` counts those after the first minute, 0 within it; `random` is in 0..1.
 */
export const alertRetryMs = (cause: unknown, failures: number, random: number): number => {
  if (cause instanceof PeerError && cause.retry === 'after-login') return LOGIN_RETRY_MS
  if (cause instanceof PeerError && cause.retry === 'never') return REFUSAL_RETRY_MS
  if (cause instanceof HmpError && cause.code === 'tls.pin') return REFUSAL_RETRY_MS
  const most = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures, 10), MAX_RETRY_MS)
  return Math.max(MIN_RETRY_MS, most * random)
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps accounts from being locked: cameras lock a user or an address for half an hour after five to seven wrong logins.
 * Two definite refusals in a row of the same user and password at the same device, and no login is sent for an
 * hour, whichever protocol asks. Another password starts anew; a success forgets.
 */
import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Clock } from '@openhmp/protocol/base'
import { PeerError } from '@openhmp/protocol/base'

/** Definite refusals (401 to an answered challenge, not `stale`) after which no login is sent. */
export const MAX_LOGIN_REFUSALS = 2
/** How long no login is sent then. */
export const LOGIN_BLOCK_MS = 60 * 60_000
/** Devices remembered at one time; of more, the oldest is forgotten. */
export const MAX_GUARDED = 10_000

/** User and password of a device. */
export interface LoginCredentials {
  readonly username: string
  readonly password: string
}

interface Entry {
  refusals: number
  atMs: number
}

/** One for all protocols of a process: `loginGuardOf(clock)`. */
export class LoginGuard {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Throws `PeerError` `login.blocked` while these credentials must not be sent to this device. */
  check(device: string, credentials: LoginCredentials): void {
    const entry = this.#entries.get(keyOf(device, credentials))
    if (!entry || entry.refusals < MAX_LOGIN_REFUSALS) return
    const leftMs = entry.atMs + LOGIN_BLOCK_MS - this.#clock.monotonic()
    if (leftMs <= 0) return
    const text = `${device} refused this user and password twice; to keep the account from being locked, no login with it is sent for ${Math.ceil(leftMs / 60_000)} min`
    throw new PeerError('login.blocked', text, { status: 401, retry: 'after-login' })
  }

  /** The device refused these credentials. After the block is over, one refusal is enough for the next. */
  refused(device: string, credentials: LoginCredentials): void {
    const key = keyOf(device, credentials)
    const refusals = (this.#entries.get(key)?.refusals ?? 0) + 1
    this.#entries.delete(key)
    this.#entries.set(key, { refusals, atMs: this.#clock.monotonic() })
    if (this.#entries.size <= MAX_GUARDED) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      break
    }
  }

  /** The device took these credentials. */
  accepted(device: string, credentials: LoginCredentials): void {
    this.#entries.delete(keyOf(device, credentials))
  }
}

/** The password is kept as a hash only. */
const keyOf = (device: string, { username, password }: LoginCredentials): string =>
  createHash('sha256')
    .update(JSON.stringify([device.toLowerCase(), username, password]))
    .digest('base64')

/**
 * What counts as one device: the host, since a camera's ports share its accounts. On this machine itself every port is
 * another device, because emulated ones stand side by side.
 */
export const guardedDevice = (host: string, port: number): string => {
  const isLoopback = host === 'localhost' || /^127\./.test(host) || (isIPv6(host) && /^[0:]*1$/.test(host))
  return isLoopback ? `${host}:${port}` : host
}

const guards = new WeakMap<Clock, LoginGuard>()

/** The guard that everything with this clock shares. */
export const loginGuardOf = (clock: Clock): LoginGuard => {
  let guard = guards.get(clock)
  if (!guard) {
    guard = new LoginGuard(clock)
    guards.set(clock, guard)
  }
  return guard
}

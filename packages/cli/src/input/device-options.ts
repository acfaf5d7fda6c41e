// SPDX-License-Identifier: Apache-2.0
/** What every `hmp device` command is told: account, patience, form of the output. */
import { HmpError } from '@openhmp/protocol/base'
import type { DeviceAddress } from './address.ts'
import { parseAddress } from './address.ts'
import { readPassword } from './password.ts'

export interface DeviceOptions {
  readonly user?: string
  /** Seconds. */
  readonly timeout: number
  /** SHA-256 of the device's certificate, for https. */
  readonly pin?: string
  readonly json?: boolean
}

/** A device and the account to use there. */
export interface DeviceLogin {
  readonly address: DeviceAddress
  readonly credentials: { readonly username: string; readonly password: string }
}

/** Reads address and password, asking for the latter if need be. Throws UsageError. */
export async function readLogin(text: string, options: DeviceOptions): Promise<DeviceLogin> {
  const address = parseAddress(text)
  const username = options.user ?? address.user ?? 'admin'
  const password = await readPassword(username, `${address.host}:${address.port}`)
  return { address, credentials: { username, password } }
}

/** A signal that Ctrl-C and SIGTERM abort; the next Ctrl-C ends the process as usual. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Stopped()))
  return stop.signal
}

/** The user ended it before it was done: no defect of anybody. */
export class Stopped extends HmpError {
  constructor() {
    super('stopped', 'stopped before it was done')
  }
}

/** As `readLogin`; without account when an rtsp:// address comes with none: plain cameras often want none. */
export async function readStreamLogin(
  text: string,
  options: DeviceOptions,
): Promise<{ readonly address: DeviceAddress; readonly credentials?: DeviceLogin['credentials'] }> {
  const address = parseAddress(text)
  const isPlain = address.scheme.startsWith('rtsp') && options.user === undefined && address.user === undefined
  if (isPlain && process.env['HMP_DEVICE_PASSWORD'] === undefined) return { address }
  return readLogin(text, options)
}

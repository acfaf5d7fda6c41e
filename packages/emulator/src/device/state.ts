// SPDX-License-Identifier: Apache-2.0
/** What of a device outlives the emulator, as a plain value, and its reading back: a file may hold anything. */
import type { Account } from './account.ts'
import type { Credentials } from './certificate.ts'
import type { Firmware } from './flash.ts'
import type { ClockState } from './wall-clock.ts'

/** All that the owner of a device changed, and what it went through. */
export interface DeviceState extends ClockState {
  readonly format: 1
  /** A state is for this model alone. */
  readonly model: string
  readonly settings: Readonly<Record<string, string>>
  readonly accounts: readonly Account[]
  readonly isActivated: boolean
  /** In force at the next start. */
  readonly firmware: Firmware
  /** Of HTTPS, once it was used. */
  readonly tls?: Credentials
  readonly flashes: number
  readonly reboots: number
}

/** The state that a text holds, or why it holds none. */
export function parseState(text: string): DeviceState | string {
  let told: unknown
  try {
    told = JSON.parse(text)
  } catch {
    return 'it is no JSON'
  }
  if (!isObject(told)) return 'it is no object'
  if (told['format'] !== 1) return 'it has another format'
  for (const [name, isFit] of Object.entries(fields)) if (!isFit(told[name])) return `${name} is wrong`
  return told as unknown as DeviceState
}

const isObject = (told: unknown): told is Record<string, unknown> =>
  typeof told === 'object' && told !== null && !Array.isArray(told)
const isText = (told: unknown): boolean => typeof told === 'string'
const isNumber = (told: unknown): boolean => typeof told === 'number' && Number.isFinite(told)
const isCount = (told: unknown): boolean => Number.isSafeInteger(told) && Number(told) >= 0
const levels: readonly unknown[] = ['Administrator', 'Operator', 'Viewer']

const isAccount = (told: unknown): boolean =>
  isObject(told) &&
  isCount(told['id']) &&
  isText(told['userName']) &&
  isText(told['password']) &&
  levels.includes(told['level'])

const fields: Readonly<Record<Exclude<keyof DeviceState, 'format'>, (told: unknown) => boolean>> = {
  model: isText,
  settings: (told) => isObject(told) && Object.values(told).every(isText),
  accounts: (told) => Array.isArray(told) && told.every(isAccount) && told[0]?.id === 1,
  isActivated: (told) => typeof told === 'boolean',
  clockAheadMs: isNumber,
  clockSetAtMs: isNumber,
  firmware: (told) => isObject(told) && isText(told['version']) && isText(told['releasedDate']),
  tls: (told) => told === undefined || (isObject(told) && isText(told['key']) && isText(told['certificate'])),
  flashes: isCount,
  reboots: isCount,
}

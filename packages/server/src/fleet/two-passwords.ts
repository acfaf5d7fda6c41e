// SPDX-License-Identifier: Apache-2.0
/**
 * A device that may have been told another password when we were cut off: the new one is tried, then the old one, once
 * each and nothing else, so that no account is locked.
 */
import { Defect, PeerError } from '@openhmp/protocol/base'
import type { KnownDevice } from './device-row.ts'
import type { Gear } from './gear.ts'

/** Which one it takes. Rejects with the refusal when it takes neither, and with what keeps it from telling. */
export const whichPassword = async (
  known: KnownDevice,
  open: (as: KnownDevice) => Gear,
  signal: AbortSignal,
): Promise<'next' | 'present'> => {
  let refusal: unknown = new Defect('a device without passwords was asked for them')
  for (const which of ['next', 'present'] as const) {
    const secret = which === 'next' ? known.nextSecret : known.secret
    if (!secret) continue
    await using gear = open({ ...known, secret, nextSecret: undefined })
    try {
      await proveLogin(gear, signal)
      return which
    } catch (error) {
      if (!isWrongPassword(error)) throw error
      refusal = error
    }
  }
  throw refusal
}

/** As the device is to be kept then. */
export const agreed = (known: KnownDevice, which: 'next' | 'present'): KnownDevice => ({
  ...known,
  secret: which === 'next' ? known.nextSecret : known.secret,
  nextSecret: undefined,
})

/** One login, by asking for something that everybody may see. */
export const proveLogin = async (gear: Gear, signal: AbortSignal): Promise<void> => {
  try {
    await gear.uptime(signal)
  } catch (error) {
    // Who is told that he may not is let in.
    if (!(error instanceof PeerError) || error.code !== 'isapi.forbidden') throw error
  }
}

/** `login.blocked`: it was refused before, and nothing was sent. */
const isWrongPassword = (error: unknown): boolean =>
  error instanceof PeerError && (error.code === 'isapi.unauthorized' || error.code === 'login.blocked')

// SPDX-License-Identifier: Apache-2.0
/** All of a device's settings as one file, put back, or thrown away. The file is the vendor's own, and holds its passwords. */
import { PeerError, Refusal } from '@openhmp/protocol/base'
import type { LoginCredentials } from '../login-guard.ts'
import { confirmationOf } from './answer.ts'
import { giveOrder, type IsapiDoor } from './resource.ts'
import { sealFor } from './sealing.ts'

/** The largest backup that is put back. */
export const MAX_BACKUP_BYTES = 16 * 1024 * 1024
const PATH = '/ISAPI/System/configurationData'

interface Asking {
  readonly signal: AbortSignal
}
interface Keyed extends Asking {
  /** That the file is sealed with, 8 to 16 letters; newer firmware wants one. */
  readonly key?: string
  /** Of this door: where the device says how, the key is sealed with its password on the way; else the URL shows it. */
  readonly login?: LoginCredentials
}

/** What devices take as a key, without what the writing of XML would change. */
const KEY = /^(?:(?![&<>"'])[\x21-\x7e]){8,16}$/

/**
 * The file. Rejects with `PeerError` `isapi.*` when the device refuses, `backup.empty` when it gives nothing; with `Refusal`
 * `backup.key` for a key that no device takes.
 */
export const backUpDevice = async (door: IsapiDoor, keyed: Keyed): Promise<Uint8Array> => {
  const answer = await door.get(await pathWith(door, keyed), { signal: keyed.signal })
  if (answer.status >= 300 || /xml/i.test(answer.contentType ?? '')) confirmationOf(answer, `${door.name}: GET ${PATH}`)
  if (answer.bytes.length === 0)
    throw new PeerError('backup.empty', `${door.name} gives an empty backup`, { retry: 'never' })
  return answer.bytes
}

/**
 * Puts a backup back; the device restarts for it, and may hang up instead of answering. Rejects with `PeerError` `isapi.*`
 * when it is none of this device.
 */
export const restoreDevice = async (door: IsapiDoor, backup: Uint8Array, keyed: Keyed): Promise<void> => {
  const path = await pathWith(door, keyed)
  await giveOrder(door, path, backup, { signal: keyed.signal, contentType: 'application/octet-stream' })
}

/** `basic` keeps network and accounts; after `full` the device is as it came from the factory, and must be activated. */
export const resetDevice = async (door: IsapiDoor, mode: 'basic' | 'full', { signal }: Asking): Promise<void> => {
  await giveOrder(door, `/ISAPI/System/factoryReset?mode=${mode}`, undefined, { signal })
}

const pathWith = async (door: IsapiDoor, { key, login, signal }: Keyed): Promise<string> => {
  if (key === undefined) return PATH
  if (!KEY.test(key)) {
    const text = 'the key of a backup has 8 to 16 letters, digits and signs, without spaces, quotes, &, < and >'
    throw new Refusal('invalid', 'backup.key', text)
  }
  const sealed = login && (await sealFor(door, login, key, { signal }))
  return sealed ? `${PATH}?secretkey=${sealed.value}&${sealed.query}` : `${PATH}?secretkey=${encodeURIComponent(key)}`
}

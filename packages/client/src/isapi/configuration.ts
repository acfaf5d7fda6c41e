// SPDX-License-Identifier: Apache-2.0
/** All of a device's settings as one file, put back, or thrown away. The file is the vendor's own, and holds its passwords. */
import { PeerError } from '@openhmp/protocol/base'
import { confirmationOf } from './answer.ts'
import { giveOrder, type IsapiDoor } from './resource.ts'

/** The largest backup that is put back. */
export const MAX_BACKUP_BYTES = 16 * 1024 * 1024
const PATH = '/ISAPI/System/configurationData'

interface Asking {
  readonly signal: AbortSignal
}
interface Keyed extends Asking {
  /**
   * That the file is sealed with; newer firmware wants one. It goes as part of the URL, readable to who listens where there
   * is no HTTPS; the web page's own way, to send it under the key of the session, is not spoken here.
   */
  readonly key?: string
}

/** The file. Rejects with `PeerError` `isapi.*` when the device refuses, `backup.empty` when it gives nothing. */
export const backUpDevice = async (door: IsapiDoor, { signal, key }: Keyed): Promise<Uint8Array> => {
  const answer = await door.get(pathWith(key), { signal })
  if (answer.status >= 300 || /xml/i.test(answer.contentType ?? '')) confirmationOf(answer, `${door.name}: GET ${PATH}`)
  if (answer.bytes.length === 0)
    throw new PeerError('backup.empty', `${door.name} gives an empty backup`, { retry: 'never' })
  return answer.bytes
}

/**
 * Puts a backup back; the device restarts for it, and may hang up instead of answering. Rejects with `PeerError` `isapi.*`
 * when it is none of this device.
 */
export const restoreDevice = async (door: IsapiDoor, backup: Uint8Array, { signal, key }: Keyed): Promise<void> => {
  await giveOrder(door, pathWith(key), backup, { signal, contentType: 'application/octet-stream' })
}

/** `basic` keeps network and accounts; after `full` the device is as it came from the factory, and must be activated. */
export const resetDevice = async (door: IsapiDoor, mode: 'basic' | 'full', { signal }: Asking): Promise<void> => {
  await giveOrder(door, `/ISAPI/System/factoryReset?mode=${mode}`, undefined, { signal })
}

const pathWith = (key: string | undefined): string =>
  key === undefined ? PATH : `${PATH}?secretkey=${encodeURIComponent(key)}`

// SPDX-License-Identifier: Apache-2.0
/** All of a device's settings as one file, put back, or thrown away. The file is the vendor's own, and holds its passwords. */
import { PeerError } from '@openhmp/protocol/base'
import { confirmationOf } from './answer.ts'
import type { IsapiDoor } from './resource.ts'

/** The largest backup that is put back. */
export const MAX_BACKUP_BYTES = 16 * 1024 * 1024
const PATH = '/ISAPI/System/configurationData'

interface Asking {
  readonly signal: AbortSignal
}

/** The file. Rejects with `PeerError` `isapi.*` when the device refuses, `backup.empty` when it gives nothing. */
export const backUpDevice = async (door: IsapiDoor, { signal }: Asking): Promise<Uint8Array> => {
  const answer = await door.get(PATH, { signal })
  if (answer.status >= 300 || /xml/i.test(answer.contentType ?? '')) confirmationOf(answer, `${door.name}: GET ${PATH}`)
  if (answer.bytes.length === 0)
    throw new PeerError('backup.empty', `${door.name} gives an empty backup`, { retry: 'never' })
  return answer.bytes
}

/** Puts a backup back; the device restarts for it. Rejects with `PeerError` `isapi.*` when it is none of this device. */
export const restoreDevice = async (door: IsapiDoor, backup: Uint8Array, { signal }: Asking): Promise<void> => {
  const answer = await door.put(PATH, backup, { signal, contentType: 'application/octet-stream' })
  confirmationOf(answer, `${door.name}: PUT ${PATH}`)
}

/** `basic` keeps network and accounts; after `full` the device is as it came from the factory, and must be activated. */
export const resetDevice = async (door: IsapiDoor, mode: 'basic' | 'full', { signal }: Asking): Promise<void> => {
  const path = `/ISAPI/System/factoryReset?mode=${mode}`
  confirmationOf(await door.put(path, undefined, { signal }), `${door.name}: PUT ${path}`)
}

// SPDX-License-Identifier: Apache-2.0
/** `hmp device backup|restore|reset ADDRESS`: a device's settings as a file, put back, thrown away. */
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { backUpDevice, MAX_BACKUP_BYTES, resetDevice, restoreDevice } from '@openhmp/client'
import { openDevice } from '../device/open.ts'
import { confirm } from '../input/confirm.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { readNewPassword, readPassword } from '../input/password.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'

interface Keyed extends DeviceOptions {
  /** The file is sealed with a key. */
  readonly key?: boolean
}
interface Sure extends Keyed {
  readonly yes?: boolean
}

const KEY_VARIABLE = 'HMP_BACKUP_KEY'

/** The file holds the device's passwords in a form that can be read: for its owner alone, and no other is written over. */
export async function runBackup(text: string, file: string, options: Keyed, output: Output): Promise<void> {
  await using device = await openDevice(text, options)
  const { isapi, signal } = device
  const key = options.key ? { key: await readNewPassword('the backup', isapi.name, KEY_VARIABLE) } : {}
  const bytes = await backUpDevice(isapi, { signal, login: device.credentials, ...key })
  const handle = openSync(file, 'wx', 0o600)
  try {
    writeSync(handle, bytes)
  } finally {
    closeSync(handle)
  }
  output.document(
    { file, bytes: bytes.length },
    () => `${file}: ${bytes.length} bytes. It holds passwords: keep it safe.`,
  )
}

export async function runRestore(text: string, file: string, options: Sure, output: Output): Promise<void> {
  if (statSync(file).size > MAX_BACKUP_BYTES) throw new UsageError(`${file} is larger than any backup`)
  const backup = readFileSync(file)
  await using device = await openDevice(text, options)
  const { isapi, signal } = device
  device.stay()
  const question = `${isapi.name} takes over the settings of ${file}, and restarts. Go on?`
  if (!options.yes && !(await confirm(question, 'nobody can be asked here: give --yes')))
    throw new UsageError('nothing was changed')
  const key = options.key ? { key: await readPassword('the backup', isapi.name, KEY_VARIABLE) } : {}
  await restoreDevice(isapi, backup, { signal, login: device.credentials, ...key })
  output.document({ file }, () => 'Put back; the device restarts.')
}

export async function runReset(text: string, mode: 'basic' | 'full', options: Sure, output: Output): Promise<void> {
  await using device = await openDevice(text, options)
  const { isapi, signal } = device
  device.stay()
  const loss = mode === 'basic' ? 'all settings but network and accounts' : 'everything, its accounts too'
  if (!options.yes && !(await confirm(`${isapi.name} loses ${loss}. Go on?`, 'nobody can be asked here: give --yes')))
    throw new UsageError('nothing was changed')
  await resetDevice(isapi, mode, { signal })
  const next = mode === 'full' ? ' Then: hmp device activate ADDRESS' : ''
  output.document({ mode }, () => `Reset; the device restarts.${next}`)
}

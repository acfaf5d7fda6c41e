// SPDX-License-Identifier: Apache-2.0
/** `hmp backup`, `hmp restore`: the data of a CMS as one sealed file, and back. */
import { backUp, restore, Secret } from '@openhmp/server'
import { readConfig } from '../config/config.ts'
import { stopSignal } from '../input/device-options.ts'
import { readSecret } from '../input/password.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { openProgress } from '../output/progress.ts'

const VARIABLE = 'HMP_BACKUP_PASSPHRASE'
/** A copy lies about for years, and whoever finds it guesses as fast as they can. */
const MIN_PASSPHRASE = 12

export async function runBackup(file: string, options: { readonly data?: string }, output: Output): Promise<void> {
  const { data, keyFile } = readConfig({ ...options })
  const passphrase = await readNewPassphrase()
  const signal = stopSignal()
  using progress = openProgress(output, 100, 'copying')
  const report = await backUp({
    ...{ dataDir: data, keyFile, file, passphrase, signal },
    onProgress: (done, total, what) => progress.update(percent(done, total), what),
  })
  progress[Symbol.dispose]()
  output.document(report, () =>
    [
      `${report.files} files, ${sizeOf(report.bytes)}, sealed in ${report.file}.`,
      'The key that opens the passwords in it is not in the copy: keep a copy of the key file elsewhere.',
    ].join('\n'),
  )
}

export async function runRestore(
  file: string,
  options: { readonly data?: string; readonly force?: boolean },
  output: Output,
): Promise<void> {
  const { data, keyFile } = readConfig({ ...options })
  const passphrase = new Secret(await readSecret(`Passphrase of ${file}`, VARIABLE))
  const signal = stopSignal()
  using progress = openProgress(output, 100, 'restoring')
  const report = await restore({
    ...{ dataDir: data, keyFile, file, passphrase, signal, mayReplace: options.force === true },
    onProgress: (done, total, what) => progress.update(percent(done, total), what),
  })
  progress[Symbol.dispose]()
  const keys = {
    fits: 'The sealing key is there: hmp serve.',
    missing: `The sealing key is missing: put its copy at ${report.keyFile}, or set HMP_KEY_FILE, then hmp serve.`,
    other: `The key in ${report.keyFile} is not the one: put the copy of the right one there, or set HMP_KEY_FILE.`,
  }
  output.document(report, () =>
    [
      `${report.files} files, ${sizeOf(report.bytes)}, as of ${report.createdAt}, are in ${data}.`,
      ...(report.setAside === undefined ? [] : [`What was there before is in ${report.setAside}.`]),
      keys[report.key],
      'Everybody has to sign in again. What was taken away since the copy is there again: people, tokens, links.',
    ].join('\n'),
  )
}

async function readNewPassphrase(): Promise<Secret> {
  const passphrase = await readSecret('Passphrase of the copy', VARIABLE)
  if (passphrase.length < MIN_PASSPHRASE) throw new UsageError(`the passphrase needs ${MIN_PASSPHRASE} characters`)
  if (process.env[VARIABLE] === undefined && (await readSecret('Once more', VARIABLE)) !== passphrase)
    throw new UsageError('the two were not the same; nothing was copied')
  return new Secret(passphrase)
}

const percent = (done: number, total: number): number => (total === 0 ? 100 : (done / total) * 100)

const sizeOf = (bytes: number): string =>
  bytes < 1e6
    ? `${Math.ceil(bytes / 1e3)} kB`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(2)} GB`

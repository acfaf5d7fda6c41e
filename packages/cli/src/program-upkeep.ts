// SPDX-License-Identifier: Apache-2.0
/** The grammar of the commands that look after a CMS: `hmp backup`, `restore`, `recover`, `keys`. */
import type { Command } from 'commander'
import { Output } from './output/output.ts'

const outputOf = (options: { json?: boolean }) => new Output({ isJson: options.json ?? false })
const DATA = ['--data <folder>', 'its data (HMP_DATA, ./data)'] as const
const JSON_HELP = 'one JSON document'

/** Adds them. */
export function addUpkeep(program: Command): void {
  program
    .command('backup')
    .description('Copy all that a CMS keeps into one sealed file; the CMS may be running')
    .argument('<file>', 'where to: must not be there yet')
    .option(...DATA)
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      `
The passphrase comes from HMP_BACKUP_PASSPHRASE, or is asked for at a terminal. The sealing key (HMP_KEY_FILE) is not in
the copy: keep a copy of it elsewhere, since without it the passwords of the devices do not open.`,
    )
    .action(async (file: string, options) => {
      const { runBackup } = await import('./command/backup.ts')
      await runBackup(file, options, outputOf(options))
    })
  program
    .command('restore')
    .description('Bring back what hmp backup has copied, into an empty data folder; the CMS must not be running')
    .argument('<file>', 'the copy')
    .option(...DATA)
    .option('--force', 'set aside the data that is there; it is kept beside')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      `
Everybody has to sign in again. What was changed after the copy is as it was: look through people, tokens and
links, since what was taken away meanwhile is there again. The audit records the restore.`,
    )
    .action(async (file: string, options) => {
      const { runRestore } = await import('./command/backup.ts')
      await runRestore(file, options, outputOf(options))
    })
  program
    .command('recover')
    .description('Let the owner in again who has lost password or second proof; the CMS must not be running')
    .argument('[name]', 'whose account; the administrator, when there is one alone')
    .option(...DATA)
    .option('--json', JSON_HELP)
    .action(async (name: string | undefined, options) => {
      const { runRecover } = await import('./command/recover.ts')
      await runRecover(name, options, outputOf(options))
    })
  const keys = program.command('keys').description('The keys that seal the secrets of a CMS; none is ever shown')
  keys
    .command('list', { isDefault: true })
    .description('Which there are, and how much is sealed with each')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runKeys } = await import('./command/keys.ts')
      await runKeys(outputOf(options))
    })
  keys
    .command('rotate')
    .description('Take another key and seal everything anew under it, while the CMS runs')
    .option('--json', JSON_HELP)
    .action(async (options) => {
      const { runRotateKey } = await import('./command/keys.ts')
      await runRotateKey(outputOf(options))
    })
}

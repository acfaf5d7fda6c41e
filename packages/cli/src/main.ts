// SPDX-License-Identifier: Apache-2.0
/** The `hmp` command: reads the command line, runs one command, ends with 0 (done), 1 (failed) or 2 (wrong usage). */
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { reportFailure, UsageError } from './output/failure.ts'
import { createProgram } from './program.ts'

// A reader that goes away (`| head`) ends us quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

try {
  await createProgram(version).parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    // Help that was asked for is no failure; help because a word is missing is.
    if (error.exitCode === 0) process.exitCode = 0
    else process.exitCode = reportFailure(new UsageError(usageText(error)))
  } else process.exitCode = reportFailure(error)
}

function usageText(error: CommanderError): string {
  if (error.code === 'commander.help') return 'a command is needed; hmp --help lists them'
  return `${error.message.replace(/^error: /, '')}; hmp --help tells how`
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Programs that no one here wrote and that tests run as witnesses. `npm test` installs the missing ones where it can;
 * what is still missing is named with the command that installs it, and with CI=true that is a failure.
 */
import { spawnSync } from 'node:child_process'
import foreign from './foreign.json' with { type: 'json' }

/** A program of the table in `foreign.json`. */
export type ForeignProgram = keyof typeof foreign

const known = new Map<ForeignProgram, boolean>()

/** True when the program is here: `describe.runIf(needs('ffmpeg'))`. Throws with CI=true when it is missing. */
export const needs = (program: ForeignProgram): boolean => {
  const before = known.get(program)
  if (before !== undefined) return before
  const { probe, apt } = foreign[program]
  const isHere = spawnSync(probe[0]!, probe.slice(1), { stdio: 'ignore' }).status === 0
  known.set(program, isHere)
  if (isHere) return true
  const remedy = `not run: ${program} is missing; apt-get install ${apt.join(' ')}`
  if (process.env['CI'] === 'true') throw new Error(remedy)
  process.stderr.write(`${remedy}\n`)
  return false
}

// SPDX-License-Identifier: Apache-2.0
/** Whether an audit is whole: its chain row by row, and each checkpoint against the row that it was made of. Reads, and nothing else. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Refusal } from '@openhmp/protocol/base'
import { defaultKeyFile, loadKeys } from '../secret/key-file.ts'
import { hashOf, START } from './audit.ts'
import { auditKeyOf, type Checkpoint, checkpointOf } from './checkpoint.ts'

/** Faults that are named; of more it is said that there are more. */
export const MAX_FAULTS = 100

export type AuditFaultKind = 'row' | 'cut' | 'rewritten' | 'checkpoint' | 'no-checkpoint'

/** One thing that is not as it was written. */
export interface AuditFault {
  readonly kind: AuditFaultKind
  /** The row, or the line of the file of checkpoints. */
  readonly at: number
  readonly text: string
}

/** What was found. */
export interface AuditReport {
  readonly rows: number
  readonly checkpoints: number
  /** Rows up to here are held by a checkpoint. */
  readonly heldUntil: number
  readonly faults: readonly AuditFault[]
  readonly isMore: boolean
}

interface Row {
  readonly sequence: number
  readonly time: number
  readonly who: string
  readonly source: string
  readonly action: string
  readonly object: string | null
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly detailJson: string
  readonly hash: string
}

/** Where the checkpoints of a server are, unless it was told otherwise. */
export const checkpointFileOf = (keyFile: string): string => `${keyFile}.audit`

/** Looks through the audit in `dataDir`, also while the server runs. Throws `Refusal` `audit.absent`, `key.*`. */
export const verifyAudit = (options: { dataDir: string; keyFile?: string | undefined }): AuditReport => {
  const { dataDir } = options
  const path = join(dataDir, 'openhmp.db')
  if (!existsSync(path)) throw new Refusal('not-found', 'audit.absent', `there is no database in ${dataDir}`)
  using database = new DatabaseSync(path, { readOnly: true })
  const setting = database.prepare('select "value" from "setting" where "key" = ?').get('instance')
  const instance = String(setting?.['value'] ?? '')
  const keyFile = options.keyFile ?? defaultKeyFile(instance)
  const { keys, retired } = loadKeys({ file: keyFile, dataDir, mayMake: false })
  // A key that was replaced has signed nothing after that: whoever has it now signs no later rows.
  const signers = [{ key: auditKeyOf(keys[0]!), until: Number.POSITIVE_INFINITY }, ...retired]
  const faults: AuditFault[] = []
  const say = (kind: AuditFaultKind, at: number, text: string) => void faults.push({ kind, at, text })

  const held = new Map<number, Checkpoint>()
  const file = checkpointFileOf(keyFile)
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  for (const [i, line] of lines.entries()) {
    const checkpoint = signers
      .map(({ key, until }) => ({ read: checkpointOf(line, key), until }))
      .find(({ read, until }) => read !== undefined && read.sequence <= until)?.read
    if (!checkpoint || checkpoint.instance !== instance)
      say('checkpoint', i + 1, `line ${i + 1} of ${file} was not written by this server`)
    else held.set(checkpoint.sequence, checkpoint)
  }

  let before = START
  let last = 0
  for (const row of database.prepare('select * from "audit" order by "sequence"').iterate() as Iterable<Row>) {
    if (row.sequence !== last + 1)
      say('row', last + 1, `row ${last + 1} is missing: after ${last} comes ${row.sequence}`)
    else if (row.hash !== hashOf(before, row))
      say('row', row.sequence, `row ${row.sequence} is not what was written, or not where it was written`)
    const checkpoint = held.get(row.sequence)
    if (checkpoint && checkpoint.hash !== row.hash)
      say('rewritten', row.sequence, `up to row ${row.sequence} it was another audit on ${checkpoint.time}`)
    before = row.hash
    last = row.sequence
  }
  const heldUntil = Math.max(0, ...held.keys())
  if (heldUntil > last)
    say(
      'cut',
      last + 1,
      `the end is cut off: on ${held.get(heldUntil)!.time} there were ${heldUntil} rows, now ${last}`,
    )
  if (last > 0 && held.size === 0)
    say('no-checkpoint', 0, `there is no checkpoint in ${file}: whether the end was cut off cannot be told`)
  const shown = faults.slice(0, MAX_FAULTS)
  return { rows: last, checkpoints: held.size, heldUntil, faults: shown, isMore: faults.length > MAX_FAULTS }
}

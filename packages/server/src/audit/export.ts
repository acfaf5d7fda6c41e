// SPDX-License-Identifier: Apache-2.0
/** The audit as a file, page by page, newest first. */
import type { AuditFilter, AuditRow } from '@openhmp/contract'
import { csvCell } from '../event/csv-cell.ts'
import type { Audit } from './audit.ts'

const PAGE = 500
/** Columns of the CSV file, in their order. */
const columns: readonly (readonly [string, (row: AuditRow) => string | number | null])[] = [
  ['sequence', ({ sequence }) => sequence],
  ['time', ({ time }) => time],
  ['who', ({ who }) => who],
  ['from', ({ from }) => from],
  ['action', ({ action }) => action],
  ['object', ({ object }) => object],
  ['outcome', ({ outcome }) => outcome],
  ['detail', ({ detail }) => JSON.stringify(detail)],
]

/** A header and a line each, or a line of JSON each. */
export async function* linesOf(audit: Audit, filter: AuditFilter, format: 'csv' | 'jsonl'): AsyncGenerator<string> {
  if (format === 'csv') yield `${columns.map(([name]) => name).join(',')}\r\n`
  const write = (row: AuditRow): string =>
    format === 'csv' ? `${columns.map(([, of]) => csvCell(of(row))).join(',')}\r\n` : `${JSON.stringify(row)}\n`
  let before: number | undefined
  do {
    const rows: AuditRow[] = await audit.list({ ...filter, before, limit: PAGE })
    yield rows.map(write).join('')
    before = rows.length < PAGE ? undefined : rows.at(-1)?.sequence
  } while (before !== undefined)
}

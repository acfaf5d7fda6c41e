// SPDX-License-Identifier: Apache-2.0
/** The audit over the API. */
import { ExportAudit, ListAudit } from '@openhmp/contract'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import { linesOf } from '../audit/export.ts'
import { type Handled, handle } from './handle.ts'

/** Handlers of the audit's routes. */
export const auditRoutes = ({ audit }: { readonly audit: Audit }): Handled[] => [
  handle(ListAudit, async ({ query, must }) => {
    must(SYSTEM)
    return { rows: await audit.list(query) }
  }),
  handle(ExportAudit, async ({ query: { format, ...filter }, must, user, source }) => {
    must(SYSTEM)
    const said = { who: user().name, source, object: null, detail: { format, ...filter } }
    await audit.record({ ...said, action: 'audit.export', outcome: 'done' })
    const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl'
    return { name: `activity.${format}`, type, lines: linesOf(audit, filter, format) }
  }),
]

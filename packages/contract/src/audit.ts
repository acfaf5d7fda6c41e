// SPDX-License-Identifier: Apache-2.0
/** What was done, by whom: looked through, and taken out as a file. */
import { z } from 'zod'
import { route } from './route.ts'

export const AuditRow = z
  .object({
    sequence: z.number().int(),
    time: z.iso.datetime(),
    who: z.string(),
    from: z.string(),
    action: z.string(),
    object: z.string().nullable(),
    outcome: z.enum(['done', 'refused', 'failed']),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditRow' })
export type AuditRow = z.output<typeof AuditRow>

/** Which rows; what is left out does not matter. */
export const AuditFilter = z.object({
  who: z.string().min(1).max(80).optional(),
  action: z.string().min(1).max(60).optional().describe('`device.add`, or `device.` for all that begin so'),
  object: z.string().min(1).max(200).optional().describe('What it was done to, by its id'),
  outcome: AuditRow.shape.outcome.optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional().describe('Not in it any more'),
})
export type AuditFilter = z.output<typeof AuditFilter>

const tag = 'audit'

export const ListAudit = route({
  method: 'GET',
  path: '/audit',
  needs: 'audit.view',
  tag,
  summary: 'What was done, newest first',
  query: AuditFilter.extend({
    before: z.coerce.number().int().optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  answer: z.object({ rows: z.array(AuditRow) }),
})
export const ExportAudit = route({
  method: 'GET',
  path: '/audit/export',
  needs: 'audit.view',
  tag,
  summary: 'All rows that fit, as a file; that it was taken out is a row, too',
  query: AuditFilter.extend({ format: z.enum(['csv', 'jsonl']).default('csv') }),
  produces: 'text/plain',
})

// SPDX-License-Identifier: Apache-2.0
/** `hmp audit`: who did what at a CMS, found among all that is on record, or told as it is done. */
import { setTimeout as sleep } from 'node:timers/promises'
import { AuditFilter, type AuditRow, ListAudit } from '@openhmp/contract'
import { LinkError } from '@openhmp/protocol/base'
import { readable } from '../capture/talk.ts'
import { chosen } from '../cms/choose.ts'
import { Cms } from '../cms/cms.ts'
import { stopSignal } from '../input/device-options.ts'
import { timeOf } from '../input/time.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'

const PAGE = 500
const AGAIN_MS = 2000

/** The filters that the page has, and how to print. */
export interface AuditOptions {
  readonly since?: string
  readonly until?: string
  readonly who?: string
  readonly action?: string
  readonly device?: string
  readonly outcome?: string
  readonly limit: number
  readonly follow?: boolean
}

export async function runAudit(options: AuditOptions, output: Output): Promise<void> {
  const cms = new Cms()
  const filter = await filterOf(cms, options)
  const rows: AuditRow[] = []
  for await (const row of found(cms, filter, Math.max(options.limit, options.follow ? 1 : 0))) rows.push(row)
  if (!options.follow) {
    output.document({ rows }, () => rows.map((row) => lineOf(output, row)).join('\n'))
    return
  }
  const tell = (row: AuditRow): void => output.line(row, () => lineOf(output, row))
  for (const row of rows.slice(0, options.limit).toReversed()) tell(row)
  await follow(cms, filter, rows[0]?.sequence ?? 0, tell, output)
}

/** Throws UsageError for what the CMS would refuse. */
const filterOf = async (cms: Cms, options: AuditOptions): Promise<AuditFilter> => {
  const { who, action, outcome, device } = options
  const [from, to] = [options.since, options.until].map((time) => (time === undefined ? undefined : timeOf(time)))
  const object = device === undefined ? undefined : (await chosen(cms, { device: [device] }))?.[0]
  const checked = AuditFilter.safeParse({ who, action, outcome, object, from, to })
  if (checked.success) return checked.data
  const { path, message } = checked.error.issues[0]!
  throw new UsageError(`--${String(path[0])}: ${message}`)
}

/** Newest first, page by page, down to the row `after`. */
async function* found(cms: Cms, filter: AuditFilter, limit: number, after = 0): AsyncGenerator<AuditRow> {
  let before: number | undefined
  for (let left = limit; left > 0; ) {
    const { rows } = await cms.call(ListAudit, { query: { ...filter, before, limit: Math.min(left, PAGE) } })
    const wanted = rows.filter(({ sequence }) => sequence > after)
    yield* wanted
    left -= rows.length
    if (wanted.length === 0 || wanted.length < rows.length) return
    before = rows.at(-1)!.sequence
  }
}

/** Those that come, oldest first, until stopped. A lost link is taken up again. */
const follow = async (
  cms: Cms,
  filter: AuditFilter,
  from: number,
  tell: (row: AuditRow) => void,
  output: Output,
): Promise<void> => {
  const signal = stopSignal()
  let last = from
  while (!signal.aborted) {
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => {}) // stopped: the loop ends
    if (signal.aborted) return
    try {
      const rows: AuditRow[] = []
      for await (const row of found(cms, filter, Number.POSITIVE_INFINITY, last)) rows.push(row)
      for (const row of rows.toReversed()) tell(row)
      last = rows[0]?.sequence ?? last
    } catch (error) {
      if (!(error instanceof LinkError)) throw error
      output.note(`${error.message}; trying again`)
    }
  }
}

const colours = { done: 'green', refused: 'yellow', failed: 'red' } as const

const lineOf = (output: Output, { time, who, from, action, object, outcome, detail }: AuditRow): string => {
  const details = Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return [
    ...[output.paint('dim', time), output.paint(colours[outcome], outcome.padEnd(7))],
    ...[readable(who === '' ? '-' : who), readable(from), output.paint('bold', readable(action))],
    ...[object ?? '-', ...details].map((one) => readable(one)),
  ].join('  ')
}

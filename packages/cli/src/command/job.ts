// SPDX-License-Identifier: Apache-2.0
/** `hmp jobs`, `hmp job ID`: work over many devices, looked at and steered. */
import { CancelJob, GetJob, type Job, ListJobLog, ListJobs, PauseJob, ResumeJob, RetryJob } from '@openhmp/contract'
import { Cms } from '../cms/cms.ts'
import { devicesOf, followJob, mustHaveSucceeded } from '../cms/follow.ts'
import { stopSignal } from '../input/device-options.ts'
import type { Output } from '../output/output.ts'
import { formatFacts, formatTable } from '../output/table.ts'

const PAGE = 1000
const deeds = { pause: PauseJob, resume: ResumeJob, cancel: CancelJob, retry: RetryJob } as const
export type JobDeed = keyof typeof deeds

export async function runJobs(options: { readonly limit: number }, output: Output): Promise<void> {
  const { jobs } = await new Cms().call(ListJobs, { query: { limit: options.limit } })
  output.document({ jobs }, () =>
    jobs.length === 0
      ? 'No jobs yet.'
      : formatTable(
          output,
          ['job', 'what', 'state', 'devices', 'failed', 'by', 'begun'],
          jobs.map(({ id, title, state, counts, by, createdAt }) => [
            ...[id, title, state, `${counts.total - counts.waiting - counts.running}/${counts.total}`],
            ...[counts.failed, by, createdAt.slice(0, 19).replace('T', ' ')],
          ]),
        ),
  )
}

export interface JobOptions {
  readonly follow?: boolean
  readonly log?: boolean
}

export async function runJob(id: string, options: JobOptions, output: Output): Promise<void> {
  const cms = new Cms()
  const job = options.follow
    ? await followJob(cms, id, output, stopSignal())
    : await cms.call(GetJob, { params: { id } })
  const devices = await devicesOf(cms, id)
  const log = options.log ? await logOf(cms, id) : undefined
  output.document({ job, devices, ...(log ? { log } : {}) }, () => {
    const shown = devices.filter(({ state }) => state !== 'done' && state !== 'waiting')
    return [
      factsOf(job, output),
      ...shown.map(({ deviceName, state, step, text }) => `${state.padEnd(9)} ${deviceName}  ${text ?? step ?? ''}`),
      ...(log ?? []).map(({ time, text }) => `${output.paint('dim', time.slice(11, 19))} ${text}`),
    ].join('\n')
  })
  if (options.follow) mustHaveSucceeded(job)
}

export async function runJobDeed(deed: JobDeed, id: string, output: Output): Promise<void> {
  const job = await new Cms().call(deeds[deed], { params: { id } })
  output.document({ job }, () => factsOf(job, output))
}

const factsOf = ({ id, title, state, note, by, counts, waves }: Job, output: Output): string =>
  formatFacts(output, [
    ['Job', id],
    ['What', title],
    ['State', `${state}${note ? ` (${note})` : ''}`],
    ['By', by],
    ['Devices', `${counts.total}: ${counts.done} done, ${counts.failed} failed, ${counts.skipped} left out`],
    ...waves
      .filter(() => waves.length > 1)
      .map(({ number, total, ended, failed }) => [`Wave ${number}`, `${ended}/${total}, ${failed} failed`] as const),
  ])

const logOf = async (cms: Cms, id: string) => {
  const rows = []
  for (let after = 0; ; after = rows.at(-1)!.sequence) {
    const page = (await cms.call(ListJobLog, { params: { id }, query: { after, limit: PAGE } })).rows
    rows.push(...page)
    if (page.length < PAGE) return rows
  }
}

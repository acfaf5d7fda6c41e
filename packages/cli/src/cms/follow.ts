// SPDX-License-Identifier: Apache-2.0
/** Follows a job to its end: a bar per wave on a terminal, a line for each change elsewhere. */

import { systemClock } from '@openhmp/client'
import { GetJob, type Job, type JobDevice, ListJobDevices } from '@openhmp/contract'
import { PeerError } from '@openhmp/protocol/base'
import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import { Stopped } from '../input/device-options.ts'
import type { Output } from '../output/output.ts'
import type { Cms } from './cms.ts'

/** From one look at a job to the next. */
const LOOK_MS = 400
const PAGE = 1000

/** Resolves with the job as it ended or paused. Ctrl-C ends the following, not the job. */
export async function followJob(cms: Cms, id: string, output: Output, signal: AbortSignal): Promise<Job> {
  using view = output.isJson || process.stderr.isTTY !== true ? new Lines(output) : new Bars()
  try {
    for (;;) {
      const job = await cms.call(GetJob, { params: { id }, signal })
      view.show(job)
      if (job.endedAt !== null || job.state === 'paused') return job
      await systemClock.sleep(LOOK_MS, { signal })
    }
  } catch (error) {
    if (signal.aborted)
      output.note(`The job goes on at the CMS. Follow it: hmp job ${id} --follow; stop it: hmp job cancel ${id}`)
    throw signal.aborted ? new Stopped() : error
  }
}

/** All devices of a job. */
export async function devicesOf(cms: Cms, id: string, signal?: AbortSignal): Promise<JobDevice[]> {
  const all: JobDevice[] = []
  for (let after = 0; ; ) {
    const query = { after, limit: PAGE }
    const page = await cms.call(ListJobDevices, { params: { id }, query, ...(signal ? { signal } : {}) })
    all.push(...page.devices)
    if (page.next === null) return all
    after = page.next
  }
}

/** Throws unless the job is done and no device failed: exit code 1, and the report stands above. */
export function mustHaveSucceeded(job: Job): void {
  if (job.state === 'done') return
  const { failed, total } = job.counts
  const text = job.state === 'failed' ? `${failed} of ${total} devices have failed` : `the job is ${job.state}`
  throw new PeerError('job.failed', `${text}${job.note ? ` (${job.note})` : ''}`, { retry: 'never' })
}

/** `12 of 40, 2 failed`. */
const progressOf = ({ counts: { total, waiting, running, failed } }: Job): string =>
  `${total - waiting - running} of ${total}${failed > 0 ? `, ${failed} failed` : ''}`

class Lines implements Disposable {
  readonly #output: Output
  #last = ''

  constructor(output: Output) {
    this.#output = output
  }

  show(job: Job): void {
    const text = `${job.state}: ${progressOf(job)}${job.note ? ` (${job.note})` : ''}`
    if (text !== this.#last) this.#output.note(text)
    this.#last = text
  }

  [Symbol.dispose](): void {}
}

class Bars implements Disposable {
  readonly #bars = new MultiBar(
    { format: '{name} {bar} {value}/{total}  {text}', hideCursor: true, stream: process.stderr, fps: 5 },
    Presets.shades_classic,
  )
  readonly #waves: SingleBar[] = []

  show(job: Job): void {
    for (const [i, { number, total, ended, failed }] of job.waves.entries()) {
      const name = job.waves.length === 1 ? job.title : `wave ${number}`.padEnd(8)
      const isCurrent = ended < total && (i === 0 || job.waves[i - 1]!.ended === job.waves[i - 1]!.total)
      const text = [failed > 0 ? `${failed} failed` : '', isCurrent ? (job.note ?? '') : ''].filter(Boolean).join(', ')
      const bar = this.#waves[i]
      if (bar) bar.update(ended, { name, text })
      else this.#waves.push(this.#bars.create(total, ended, { name, text }))
    }
  }

  [Symbol.dispose](): void {
    this.#bars.stop()
  }
}

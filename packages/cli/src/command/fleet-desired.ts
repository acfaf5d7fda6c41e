// SPDX-License-Identifier: Apache-2.0
/** `hmp fleet plan|apply|undo|export`: devices held against a file, changed to it, changed back, written down as one. */
import { readFileSync } from 'node:fs'
import {
  ApplyDesired,
  CheckDesired,
  type DeviceApplied,
  type DevicePlan,
  ExportDesired,
  type Job,
  ListDrift,
  PlanDesired,
  PutDesired,
  UndoJob,
} from '@openhmp/contract'
import { PeerError } from '@openhmp/protocol/base'
import { chosen, type DeviceChoice } from '../cms/choose.ts'
import { Cms } from '../cms/cms.ts'
import { devicesOf, followJob, mustHaveSucceeded } from '../cms/follow.ts'
import { reportOf, summaryOf } from '../cms/report.ts'
import { type RolloutOptions, rolloutOf } from '../cms/rollout.ts'
import { confirm } from '../input/confirm.ts'
import { stopSignal } from '../input/device-options.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'

/** Devices of one answer of an export. */
const EXPORTED = 100

export interface PlanOptions extends DeviceChoice {
  readonly verbose?: boolean
}

/** Exit code 1 when a device could not be compared. */
export async function runPlan(file: string, options: PlanOptions, output: Output): Promise<void> {
  const job = await plan(new Cms(), file, options, output, stopSignal())
  mustHaveSucceeded(job)
}

async function plan(cms: Cms, file: string, options: PlanOptions, output: Output, signal: AbortSignal): Promise<Job> {
  const text = await checked(cms, file)
  const devices = await chosen(cms, options)
  const begun = await cms.call(PlanDesired, { body: { text, ...(devices ? { devices } : {}) } })
  const job = await followJob(cms, begun.id, output, signal)
  const found = await devicesOf(cms, job.id, signal)
  output.document({ job, devices: found }, () =>
    summaryOf(
      found.map(({ result, ...rest }) => ({ ...rest, plan: result as DevicePlan | null })),
      { isWhole: options.verbose === true, paint: (style, words) => output.paint(style, words) },
    ),
  )
  return job
}

export interface ApplyOptions extends PlanOptions, RolloutOptions {
  readonly yes?: boolean
  readonly detach?: boolean
}

/** Exit code 1 when something was refused or a device failed. */
export async function runApply(file: string, options: ApplyOptions, output: Output): Promise<void> {
  const cms = new Cms()
  const signal = stopSignal()
  const rollout = rolloutOf(options)
  // One document a command: with --json, that of what was done.
  const planned = await plan(cms, file, options, output.isJson ? output.silent() : output, signal)
  const differing = (await devicesOf(cms, planned.id, signal)).filter(
    ({ result }) => ((result as DevicePlan | null)?.differences.length ?? 0) > 0,
  )
  if (differing.length === 0) {
    if (output.isJson) output.document({ job: null, devices: [] }, () => '')
    return mustHaveSucceeded(planned)
  }
  const question = `Change ${differing.length} ${differing.length === 1 ? 'device' : 'devices'}?`
  if (!options.yes && !(await confirm(question, 'nobody can be asked here: give --yes to change the devices')))
    throw new UsageError('nothing was changed')
  const job = await cms.call(ApplyDesired, { body: { plan: planned.id, rollout } })
  await finish(cms, job, options, output, signal)
}

/** Takes back what an apply job changed. */
export async function runUndo(id: string, options: { readonly detach?: boolean }, output: Output): Promise<void> {
  const cms = new Cms()
  await finish(cms, await cms.call(UndoJob, { params: { id } }), options, output, stopSignal())
}

async function finish(
  cms: Cms,
  begun: Job,
  { detach }: { readonly detach?: boolean },
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  if (detach) {
    output.document({ job: begun }, () => `Job ${begun.id} is at work. Follow it: hmp job ${begun.id} --follow`)
    return
  }
  const job = await followJob(cms, begun.id, output, signal)
  const devices = await devicesOf(cms, job.id, signal)
  output.document({ job, devices }, () =>
    reportOf(
      job,
      devices.map(({ result, ...rest }) => ({ ...rest, applied: result as DeviceApplied | null })),
      (style, words) => output.paint(style, words),
    ),
  )
  mustHaveSucceeded(job)
}

/** Keeps the file at the CMS: from then on it tells which devices are no longer as it says. */
export async function runKeep(file: string, output: Output): Promise<void> {
  const cms = new Cms()
  const kept = await cms.call(PutDesired, { body: { text: await checked(cms, file) } })
  output.document(kept, () => 'Kept. Devices that are not as it says: hmp fleet drift')
}

/** Exit code 1 when there are such devices. */
export async function runDrift(output: Output): Promise<void> {
  const { devices } = await new Cms().call(ListDrift, {})
  output.document({ devices }, () =>
    devices.length === 0
      ? 'Every device that was looked at is as the kept file says.'
      : summaryOf(
          devices.map(({ deviceName, plan }) => ({ deviceName, plan, state: 'done', text: null })),
          { isWhole: true, paint: (style, words) => output.paint(style, words) },
        ),
  )
  if (devices.length > 0)
    throw new PeerError('fleet.drift', `${devices.length} not as the kept file says`, { retry: 'never' })
}

/** What devices are today, as a file on standard output. */
export async function runExport(options: DeviceChoice, output: Output): Promise<void> {
  const cms = new Cms()
  const devices = (await chosen(cms, options)) ?? (await chosen(cms, { ...options, all: true })) ?? []
  if (devices.length === 0) throw new UsageError('no device fits')
  let text = ''
  for (let at = 0; at < devices.length; at += EXPORTED) {
    const part = await cms.call(ExportDesired, { body: { devices: devices.slice(at, at + EXPORTED) } })
    for (const { section, text: why } of part.problems) output.note(`${section ? `${section}: ` : ''}${why}`)
    // Each answer is a whole file; of the later ones only the rules are taken.
    text += at === 0 ? part.text : part.text.replace(/^(#.*\n|\n)*rules:\n/, '')
  }
  output.document({ text }, () => text.trimEnd())
}

/** The file's text. Throws UsageError with each fault, its place and its line. */
async function checked(cms: Cms, file: string): Promise<string> {
  const text = readFileSync(file === '-' ? 0 : file, 'utf8')
  const { faults } = await cms.call(CheckDesired, { body: { text } })
  if (faults.length === 0) return text
  const lines = text.split('\n')
  for (const { line, column, path, text: what } of faults) {
    const mark = `${' '.repeat(Math.max(0, column - 1))}^`
    process.stderr.write(`${file}:${line}:${column}: ${path ? `${path}: ` : ''}${what}\n`)
    process.stderr.write(`${String(line).padStart(5)} | ${lines[line - 1] ?? ''}\n      | ${mark}\n`)
  }
  throw new UsageError(`${file} has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}: nothing was compared`)
}

// SPDX-License-Identifier: Apache-2.0
/** The kinds of jobs of the desired state: plan (compare), apply (change), undo (give back). */
import type { DeviceApplied, DevicePlan } from '@openhmp/contract'
import { type JobKind, type JobTarget, PartlyDone, SkipDevice, type Task } from '../job/kind.ts'
import { catalogue } from './catalogue.ts'
import { changeDevice, type Former, type Wanted, wantedAgain } from './change.ts'
import { compareDevice } from './compare.ts'
import { describedOf } from './described.ts'
import { mustReadDesired, type Rule } from './document.ts'
import { wantedOf } from './wanted.ts'

/** A job is given the text, not what was read of it: what is asked for stays readable in its row. */
export interface DesiredSpec {
  readonly text: string
}

/** An undo is given the job whose changes it takes back. */
export interface UndoSpec {
  readonly job: string
}

/** Read once for all devices of a job. */
const rulesOf = (() => {
  let last: { readonly text: string; readonly rules: readonly Rule[] } | undefined
  return (text: string): readonly Rule[] => {
    if (last?.text !== text) last = { text, rules: mustReadDesired(text, catalogue) }
    return last.rules
  }
})()

const wantedAt = ({ known }: JobTarget, { text }: DesiredSpec) => {
  const { id, name, site, tags, information } = known
  const wanted = wantedOf(rulesOf(text), { id, name, site, tags, model: information?.model ?? null })
  if (wanted.size === 0) throw new SkipDevice('desired.nothing', 'no rule means this device')
  return wanted
}

/** Compares. Changes nothing. */
export const planKind: JobKind<DesiredSpec, never, DevicePlan> = {
  kind: 'plan',
  needs: 'device.view',
  run: async (target, spec, { signal }) =>
    compareDevice(target.door, describedOf(target.known), wantedAt(target, spec), { catalogue, signal }),
}

const change = async (
  target: JobTarget,
  wanted: readonly Wanted[],
  task: Task<readonly Former[]>,
): Promise<DeviceApplied> => {
  const applied = await changeDevice(target.door, describedOf(target.known), wanted, {
    catalogue,
    signal: task.signal,
    former: task.memo ?? [],
    remember: (former) => task.remember(former),
    progress: (done, total, section) => task.progress(done / Math.max(1, total), section),
  })
  for (const { section, channel, field, told, is } of applied.altered)
    task.log(`${placeOf(section, channel)}: ${field} was to be ${told}, the device made it ${is}`)
  const { refused } = applied
  for (const { section, channel, text } of refused) task.log(`${placeOf(section, channel)}: ${text}`)
  if (refused.length === 0) return applied
  const places = refused.map(({ section, channel }) => placeOf(section, channel))
  throw new PartlyDone('desired.refused', `refused: ${[...new Set(places)].join(', ')}`, applied)
}

const placeOf = (section: string, channel: number | null): string =>
  channel === null ? section : `${section} of channel ${channel}`

/** Makes devices what the file says. A device that refuses a part of it has failed, and keeps what was done. */
export const applyKind = (
  onChanged: (device: string) => void,
): JobKind<DesiredSpec, readonly Former[], DeviceApplied> => ({
  kind: 'apply',
  needs: 'device.configure',
  run: (target, spec, task) =>
    change(target, [{ channel: undefined, told: wantedAt(target, spec) }], task).finally(() =>
      onChanged(target.known.id),
    ),
})

/** Gives back what an apply job changed; `memoOf` is what that job remembered of a device. */
export const undoKind = (
  memoOf: (job: string, device: string) => Promise<unknown>,
  onChanged: (device: string) => void,
): JobKind<UndoSpec, readonly Former[], DeviceApplied> => ({
  kind: 'undo',
  needs: 'device.configure',
  run: async (target, { job }, task) => {
    const former = (await memoOf(job, target.known.id)) as readonly Former[] | undefined
    if (!former || former.length === 0) throw new SkipDevice('undo.nothing', 'nothing was changed at this device')
    return change(target, wantedAgain(former), task).finally(() => onChanged(target.known.id))
  },
})

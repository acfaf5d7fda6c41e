// SPDX-License-Identifier: Apache-2.0
/**
 * Makes one device what is wanted of it: each document is read, changed where it differs, written whole and read again.
 * The former values are remembered before anything is written, so that what was half done can be given back too.
 */
import type { IsapiDoor } from '@openhmp/client'
import type { DeviceApplied, Difference, SettingProblem } from '@openhmp/contract'
import { type Described, differencesIn, isSame, problemOf, type Task, tasksOf } from './compare.ts'
import type { Fields, Section } from './section.ts'

/** Fields of one document as they were before a job changed them. */
export interface Former {
  readonly section: string
  readonly channel: number | null
  readonly fields: Fields
}

/** What `changeDevice` needs beside the device. */
export interface ChangeOptions {
  readonly catalogue: readonly Section[]
  readonly signal: AbortSignal
  /** Former values that an earlier run remembered: those count, not what is read now. */
  readonly former: readonly Former[]
  /** Resolves once the former values are safe; only then is anything written. */
  remember(former: readonly Former[]): Promise<void>
  progress(done: number, total: number, section: string): void
}

/** Changes a device. A refused section does not stop the others; a device that is lost rejects, and the call can be repeated. */
export const changeDevice = async (
  door: IsapiDoor,
  device: Described,
  wanted: readonly Wanted[],
  options: ChangeOptions,
): Promise<DeviceApplied> => {
  const former = new Map(options.former.map((one) => [keyOf(one), one]))
  const changed: Difference[] = []
  const altered: Difference[] = []
  const refused: SettingProblem[] = []
  const tasks: Task[] = []
  const oneWay = new Set(options.catalogue.filter(({ isOneWay }) => isOneWay).map(({ key }) => key))
  for (const { channel, told } of wanted) {
    const one = channel === undefined ? device : { ...device, channels: channel === null ? [] : [channel] }
    const found = tasksOf(one, told, options.catalogue)
    tasks.push(...found.tasks)
    refused.push(...found.problems)
  }
  for (const [i, task] of tasks.entries()) {
    const { section, channel, document, told } = task
    options.progress(i, tasks.length, section)
    try {
      const fields = await document.read(door, { signal: options.signal })
      const earlier = former.get(keyOf(task))
      for (const field of Object.keys(told))
        if (fields[field] === undefined)
          refused.push({ section, channel, code: 'setting.absent', text: `the device does not have "${field}"` })
      const differences = differencesIn(task, fields)
      if (differences.length === 0) {
        // As told already; by us, if an earlier run of this job was cut off right here.
        changed.push(...doneBefore(task, earlier))
        continue
      }
      const before = Object.fromEntries(differences.map(({ field, is }) => [field, is]))
      if (!oneWay.has(section)) {
        former.set(keyOf(task), { section, channel, fields: { ...before, ...earlier?.fields } })
        await options.remember([...former.values()])
      }
      const wish = Object.fromEntries(differences.map((one) => [one.field, one.told]))
      const now = await document.change(door, wish, { signal: options.signal })
      for (const difference of differences) {
        if (isSame(difference.told, now[difference.field])) changed.push(difference)
        else altered.push({ ...difference, is: now[difference.field] ?? null })
      }
    } catch (error) {
      refused.push(problemOf(task, error))
    }
  }
  return { changed, altered, refused }
}

/** Fields that are wanted: at every channel (`undefined`), at the device itself (`null`), or at one channel. */
export interface Wanted {
  readonly channel: number | null | undefined
  readonly told: ReadonlyMap<string, Fields>
}

/** The former values as something to be wanted: what an undo does. The last change is given back first. */
export const wantedAgain = (former: readonly Former[]): Wanted[] =>
  [...former].reverse().map(({ section, channel, fields }) => ({ channel, told: new Map([[section, fields]]) }))

const doneBefore = ({ section, channel, told }: Task, former: Former | undefined): Difference[] =>
  Object.entries(former?.fields ?? {})
    .filter(([field]) => field in told)
    .map(([field, is]) => ({ section, channel, field, told: told[field], is }))

const keyOf = ({ section, channel }: { section: string; channel: number | null }): string => `${section}/${channel}`

// SPDX-License-Identifier: Apache-2.0
/** One device beside what is wanted of it: asks for each document once, and says what differs, field by field. */
import type { IsapiDoor } from '@openhmp/client'
import type { DevicePlan, Difference, SettingProblem } from '@openhmp/contract'
import { PeerError, Refusal } from '@openhmp/protocol/base'
import type { Fields, Section, SectionDocument } from './section.ts'

/** What is known of a device before it is asked. */
export interface Described {
  readonly channels: readonly number[]
  readonly isRecorder: boolean
}

/** One document of a device and the fields that are wanted in it. */
export interface Task {
  readonly section: string
  readonly channel: number | null
  readonly document: SectionDocument
  readonly told: Fields
}

/** The documents to look at, in the order of the catalogue; problems for what such a device does not have. */
export const tasksOf = (
  device: Described,
  wanted: ReadonlyMap<string, Fields>,
  catalogue: readonly Section[],
): { readonly tasks: readonly Task[]; readonly problems: readonly SettingProblem[] } => {
  const tasks: Task[] = []
  const problems: SettingProblem[] = []
  for (const section of catalogue) {
    const told = wanted.get(section.key)
    if (!told) continue
    const channels = section.scope === 'device' ? [undefined] : device.channels
    for (const channel of channels) {
      const document = section.at({ channel, isRecorder: device.isRecorder })
      const where = { section: section.key, channel: channel ?? null }
      if (document) tasks.push({ ...where, document, told })
      else problems.push({ ...where, code: 'setting.absent', text: 'such a device has no such setting' })
    }
  }
  return { tasks, problems }
}

/**
 * Compares a device. What it refuses to tell is a problem of that section alone; a device that is not reached, or that
 * refuses the account, rejects.
 */
export const compareDevice = async (
  door: IsapiDoor,
  device: Described,
  wanted: ReadonlyMap<string, Fields>,
  { catalogue, signal }: { readonly catalogue: readonly Section[]; readonly signal: AbortSignal },
): Promise<DevicePlan> => {
  const { tasks, problems: absent } = tasksOf(device, wanted, catalogue)
  const differences: Difference[] = []
  const problems = [...absent]
  for (const task of tasks) {
    const { section, channel, document, told } = task
    try {
      const fields = await document.read(door, { signal })
      differences.push(...differencesIn(task, fields))
      for (const field of Object.keys(told))
        if (fields[field] === undefined)
          problems.push({ section, channel, code: 'setting.absent', text: `the device does not have "${field}"` })
    } catch (error) {
      problems.push(problemOf(task, error))
    }
  }
  return { differences, problems, checked: tasks.length }
}

/** Fields that the device has and that are not as told. */
export const differencesIn = ({ section, channel, told }: Task, fields: Fields): Difference[] =>
  Object.entries(told)
    .filter(([field, value]) => fields[field] !== undefined && !isSame(value, fields[field]))
    .map(([field, value]) => ({ section, channel, field, told: value, is: fields[field] ?? null }))

/** A "no" of the device to one section. Throws again what concerns the whole device. */
export const problemOf = ({ section, channel }: Pick<Task, 'section' | 'channel'>, error: unknown): SettingProblem => {
  const isOfThisSection = error instanceof Refusal || (error instanceof PeerError && error.retry !== 'after-login')
  if (!isOfThisSection) throw error
  return { section, channel, code: error.code, text: error.message }
}

/** Values of the file and of a device mean the same. */
export const isSame = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => isSame(one, b[i]))
  return a === b
}

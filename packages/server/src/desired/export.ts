// SPDX-License-Identifier: Apache-2.0
/** What devices are today, written as a file of the desired state: one rule a device, by its id. */
import type { IsapiDoor } from '@openhmp/client'
import type { SettingProblem } from '@openhmp/contract'
import { Document } from 'yaml'
import { type Described, isSame, problemOf } from './compare.ts'
import type { Fields, Section } from './section.ts'

/** What one device told, and what it would not tell. */
export interface Told {
  readonly settings: ReadonlyMap<string, Fields>
  readonly problems: readonly SettingProblem[]
}

/**
 * Reads every section of the catalogue. Where the channels of a recorder differ, their common fields alone are given: the
 * file has no words for one channel. What a device does not have is left out.
 */
export const readDevice = async (
  door: IsapiDoor,
  device: Described,
  { catalogue, signal }: { readonly catalogue: readonly Section[]; readonly signal: AbortSignal },
): Promise<Told> => {
  const settings = new Map<string, Fields>()
  const problems: SettingProblem[] = []
  for (const section of catalogue) {
    const found: Fields[] = []
    for (const channel of section.scope === 'device' ? [undefined] : device.channels) {
      const document = section.at({ channel, isRecorder: device.isRecorder })
      if (!document) continue
      try {
        found.push(await document.read(door, { signal }))
      } catch (error) {
        const problem = problemOf({ section: section.key, channel: channel ?? null }, error)
        if (problem.code !== 'isapi.not-supported') problems.push(problem)
      }
    }
    const common = commonOf(found)
    if (Object.keys(common).length > 0) settings.set(section.key, common)
  }
  return { settings, problems }
}

/** The file. `comment` stands at its head. */
export const writeDesired = (
  devices: readonly { readonly id: string; readonly name: string; readonly settings: ReadonlyMap<string, Fields> }[],
  comment: string,
): string => {
  const rules = devices.map(({ id, name, settings }) => ({ name, match: { ids: [id] }, settings: nested(settings) }))
  const document = new Document({ rules })
  document.commentBefore = ` ${comment.replace(/\s+/g, ' ')}`
  return document.toString({ lineWidth: 120 })
}

const commonOf = ([first = {}, ...rest]: readonly Fields[]): Fields =>
  Object.fromEntries(Object.entries(first).filter(([name, value]) => rest.every((one) => isSame(one[name], value))))

const nested = (settings: ReadonlyMap<string, Fields>): Record<string, unknown> => {
  const out: Record<string, Record<string, unknown>> = {}
  for (const [key, fields] of settings) {
    const [first, second] = key.split('.') as [string, string | undefined]
    out[first] = second === undefined ? { ...fields } : { ...out[first], [second]: fields }
  }
  return out
}

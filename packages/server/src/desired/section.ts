// SPDX-License-Identifier: Apache-2.0
/** A section of the desired state: some fields that live in one document of a device and are changed together. */
import { changeResource, type IsapiDoor, readResource } from '@openhmp/client'
import type { Resource } from '@openhmp/protocol/isapi'
import type { z } from 'zod'

/** Where a section's document is. */
export interface Place {
  /** Undefined for what the device has once. */
  readonly channel: number | undefined
  /** Recorders have the settings of their IP cameras elsewhere than cameras have their own. */
  readonly isRecorder: boolean
}

/** The fields of a section, in the words of the file. */
export type Fields = Readonly<Record<string, unknown>>

/** One section. */
export interface Section {
  /** `time`, `stream.main`, `events.motion`: where it stands in the file. */
  readonly key: string
  readonly scope: 'device' | 'channel'
  /** What was mended here stays when a job is undone. */
  readonly isOneWay?: true
  /** An object of optional fields. */
  readonly schema: z.ZodObject
  /** Undefined where such a device has none. */
  at(place: Place): SectionDocument | undefined
}

/** What a section is at one place of one device. */
export interface SectionDocument {
  /** What the device says; fields that it does not have are left out. Rejects as `readResource` does. */
  read(door: IsapiDoor, options: Asking): Promise<Fields>
  /** Changes these fields; gives all of them as read back. Rejects as `changeResource` does. */
  change(door: IsapiDoor, told: Fields, options: Asking): Promise<Fields>
}

/** How long it may take. */
export interface Asking {
  readonly signal: AbortSignal
}

/** A section that is one resource. */
export interface ResourceParts<Value, Change> {
  readonly key: string
  readonly scope: Section['scope']
  readonly schema: z.ZodObject
  /** Undefined where such a device has none. */
  at(place: Place): Resource<Value, Change> | undefined
  /** Fields of the file that the resource's value and change call otherwise. */
  readonly names?: Readonly<Record<string, string>>
  /** Where a change takes more than reading, writing and reading again. */
  change?(door: IsapiDoor, place: Place, change: Change, options: Asking): Promise<{ readonly after: Value }>
}

/** A section whose fields are those of its resource's value and change, by their own names. */
export const plainSection = <Value, Change>(parts: ResourceParts<Value, Change>): Section => {
  const { key, scope, schema, names = {} } = parts
  const fields = (value: Value): Fields => {
    const all = value as Record<string, unknown>
    const found = Object.keys(schema.shape).map((field) => [field, all[names[field] ?? field]] as const)
    return Object.fromEntries(found.filter(([, one]) => one !== undefined))
  }
  // The schema says that the fields are those of the change.
  const changeOf = (told: Fields): Change =>
    Object.fromEntries(Object.entries(told).map(([field, value]) => [names[field] ?? field, value])) as Change
  return {
    key,
    scope,
    schema,
    at: (place) => {
      const resource = parts.at(place)
      return (
        resource && {
          read: async (door, options) => fields(await readResource(door, resource, options)),
          change: async (door, told, options) => {
            const change = changeOf(told)
            const changed = parts.change
              ? await parts.change(door, place, change, options)
              : await changeResource(door, resource, change, options)
            return fields(changed.after)
          },
        }
      )
    },
  }
}

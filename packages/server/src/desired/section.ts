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

interface Asking {
  readonly signal: AbortSignal
}

/** A section that is one resource, whose fields are also those of its value and its change. */
export const plainSection = <Value, Change>(parts: {
  key: string
  scope: Section['scope']
  schema: z.ZodObject
  at(place: Place): Resource<Value, Change> | undefined
}): Section => ({
  key: parts.key,
  scope: parts.scope,
  schema: parts.schema,
  at: (place) => {
    const resource = parts.at(place)
    if (!resource) return undefined
    const names = Object.keys(parts.schema.shape)
    const fields = (value: Value): Fields => {
      const all = value as Record<string, unknown>
      return Object.fromEntries(names.filter((name) => all[name] !== undefined).map((name) => [name, all[name]]))
    }
    return {
      read: async (door, options) => fields(await readResource(door, resource, options)),
      change: async (door, told, options) =>
        // The schema says that the fields are those of the change.
        fields((await changeResource(door, resource, told as Change, options)).after),
    }
  },
})

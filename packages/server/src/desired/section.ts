// SPDX-License-Identifier: Apache-2.0
/** A section of the desired state: some fields that live in one document of a device and are changed together. */
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
  /** Reads the document and writes a change of some of its fields; undefined where such a device has none. */
  at(place: Place): SectionDocument | undefined
}

/** A section's document at one place. */
export interface SectionDocument {
  readonly resource: Resource<unknown, unknown>
  /** What the document says; fields that it does not have are left out. */
  fields(value: unknown): Fields
  /** The resource's change for these fields. */
  change(told: Fields): unknown
}

/**
 * A section whose fields are also the fields of its document's value and change. `T` is the resource's own change.
 */
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
    return {
      resource: resource as Resource<unknown, unknown>,
      fields: (value) => {
        const all = value as Record<string, unknown>
        return Object.fromEntries(names.filter((name) => all[name] !== undefined).map((name) => [name, all[name]]))
      },
      change: (told) => told,
    }
  },
})

// SPDX-License-Identifier: Apache-2.0
/**
 * Reading and changing a device's settings: read, change, write back whole, read again. A device may say yes and do
 * something else; what it says afterwards is what counts.
 */
import { Refusal } from '@openhmp/protocol/base'
import type { Resource } from '@openhmp/protocol/isapi'
import { copyOf, formatXml, type XmlElement } from '@openhmp/protocol/xml'
import { confirmationOf } from './answer.ts'
import type { IsapiAnswer, IsapiRequestOptions, IsapiUpload } from './options.ts'

/** A device's ISAPI tree, however it is reached: `IsapiClient` is one, a device that dialled in over HMP has one. */
export interface IsapiDoor {
  /** `host:port` or a name, for people. */
  readonly name: string
  get(path: string, options?: IsapiRequestOptions): Promise<IsapiAnswer>
  put(path: string, body?: string | Uint8Array, options?: IsapiRequestOptions): Promise<IsapiAnswer>
  post(path: string, body?: string | Uint8Array, options?: IsapiRequestOptions): Promise<IsapiAnswer>
  delete(path: string, options?: IsapiRequestOptions): Promise<IsapiAnswer>
  /** A document. A `ResponseStatus` that is no yes is an error, whatever the HTTP status. */
  getXml(path: string, options?: IsapiRequestOptions): Promise<XmlElement>
  /** Changes a resource; gives the id of what was made, if the device tells. */
  putXml(path: string, body: string, options?: IsapiRequestOptions): Promise<string | undefined>
  /**
   * A PUT that the device may go down for: sent once, on a connection of its own. Undefined when it hung up after all of it
   * was sent, which is a yes (it is on its way down). Absent where the way to the device tells no such thing.
   */
  order?(path: string, body?: string | Uint8Array, options?: IsapiRequestOptions): Promise<IsapiAnswer | undefined>
  /** The port that it is reached at by HTTP; absent where the way is another. */
  readonly way?: { readonly port: number; readonly isTls: boolean }
  /** Sends a large body, read while it is sent. Absent where the way to the device carries none. */
  upload?(path: string, body: IsapiUpload, options?: IsapiRequestOptions): Promise<IsapiAnswer>
}

interface Asking {
  readonly signal?: AbortSignal
}

/** What a change came to. */
export interface Changed<Value> {
  readonly before: Value
  readonly after: Value
  /** The document as it was, to be given to `restoreResource`. */
  readonly documentBefore: XmlElement
  /** False when the device said yes and the document differs from what was written. */
  readonly isAsTold: boolean
  /** Places where it differs. */
  readonly differences: readonly DocumentDifference[]
}

/** A place in a document, `Video/maxFrameRate`, where the device did not do as told. */
export interface DocumentDifference {
  readonly place: string
  readonly told: string | undefined
  readonly is: string | undefined
}

/** Differences of one document that are told; a device that answers something else altogether is not listed in full. */
const MAX_DIFFERENCES = 100

/** Reads a resource. Rejects as `getXml` does. */
export const readResource = async <Value>(
  door: IsapiDoor,
  resource: Resource<Value, never>,
  options: Asking = {},
): Promise<Value> => resource.read(await door.getXml(resource.path, options))

/** Changes a resource. Rejects with `PeerError` `isapi.*` when it is refused, `Refusal` `setting.*` when it cannot be expressed. */
export const changeResource = async <Value, Change>(
  door: IsapiDoor,
  resource: Resource<Value, Change>,
  change: Change,
  options: Asking = {},
): Promise<Changed<Value>> => {
  if (!resource.write) throw new Refusal('conflict', 'setting.read-only', `${resource.path} can only be read`)
  const documentBefore = await door.getXml(resource.path, options)
  const written = copyOf(documentBefore)
  resource.write(written, change)
  await door.putXml(resource.path, formatXml(written), options)
  const found = await door.getXml(resource.path, options)
  const changed = new Set(differencesOf(documentBefore, written).map(({ place }) => place))
  // What we did not touch may move by itself (a clock, a counter): only what was told is held against the device.
  const [untold, unread] = [lowerCase(resource.untold), lowerCase(resource.unread)]
  const isOwn = ({ place, told, is }: DocumentDifference): boolean =>
    (told === undefined && untold.includes(lastNameOf(place))) ||
    (is === undefined && unread.includes(lastNameOf(place)))
  const differences = differencesOf(written, found)
    .filter((one) => changed.has(one.place) && !isOwn(one))
    .slice(0, MAX_DIFFERENCES)
  return {
    before: resource.read(documentBefore),
    after: resource.read(found),
    documentBefore,
    isAsTold: differences.length === 0,
    differences,
  }
}

/** Puts a document back as it was. */
export const restoreResource = async (
  door: IsapiDoor,
  resource: Pick<Resource<unknown>, 'path'>,
  documentBefore: XmlElement,
  options: Asking = {},
): Promise<void> => {
  await door.putXml(resource.path, formatXml(documentBefore), options)
}

/** A PUT that the device may go down for; hanging up is a yes. Rejects with `PeerError` `isapi.*` for a no. */
export const giveOrder = async (
  door: IsapiDoor,
  path: string,
  body?: string | Uint8Array,
  options: IsapiRequestOptions = {},
): Promise<void> => {
  const answer = door.order ? await door.order(path, body, options) : await door.put(path, body, options)
  // A query may hold a key.
  if (answer) confirmationOf(answer, `${door.name}: PUT ${path.split('?')[0]}`)
}

/** Puts any document, as it is, and reads it again: the places of it that the device made something else of. */
export const putDocument = async (
  door: IsapiDoor,
  path: string,
  told: XmlElement,
  options: Asking = {},
): Promise<readonly DocumentDifference[]> => {
  await door.putXml(path, formatXml(told), options)
  const mine = leavesOf(told)
  const found = await door.getXml(path, options)
  return differencesOf(told, found)
    .filter(({ place }) => mine.has(place))
    .slice(0, MAX_DIFFERENCES)
}

const differencesOf = (told: XmlElement, is: XmlElement): DocumentDifference[] => {
  const [a, b] = [leavesOf(told), leavesOf(is)]
  const places = new Set([...a.keys(), ...b.keys()])
  return [...places]
    .filter((place) => a.get(place) !== b.get(place))
    .map((place) => ({ place, told: a.get(place), is: b.get(place) }))
}

const lowerCase = (names: readonly string[] = []): readonly string[] => names.map((name) => name.toLowerCase())

/** Lower case, without a number. */
const lastNameOf = (place: string): string =>
  place
    .slice(place.lastIndexOf('/') + 1)
    .replace(/\[\d+\]$/, '')
    .toLowerCase()

/** Text by place; the second of one name is `name[1]`. */
const leavesOf = (root: XmlElement): Map<string, string> => {
  const leaves = new Map<string, string>()
  const walk = (at: XmlElement, place: string): void => {
    if (at.children.length === 0) leaves.set(place, at.text)
    const seen = new Map<string, number>()
    for (const child of at.children) {
      const name = child.name.slice(child.name.indexOf(':') + 1)
      const nth = seen.get(name) ?? 0
      seen.set(name, nth + 1)
      walk(child, `${place === '' ? '' : `${place}/`}${name}${nth === 0 ? '' : `[${nth}]`}`)
    }
  }
  walk(root, '')
  return leaves
}

// SPDX-License-Identifier: Apache-2.0
/** The picture of a channel, changed in the way that its firmware takes. */
import { PeerError } from '@openhmp/protocol/base'
import {
  type ImageChange,
  type ImagePart,
  type ImageSettings,
  imageParts,
  imageResource,
} from '@openhmp/protocol/isapi'
import { changeResource, type DocumentDifference, type IsapiDoor, readResource } from './resource.ts'

interface Asking {
  readonly signal?: AbortSignal
}

/** What a change of the picture came to. */
export interface ImageChanged {
  readonly before: ImageSettings
  readonly after: ImageSettings
  readonly differences: readonly DocumentDifference[]
}

/**
 * Changes the picture. Rejects as `changeResource` does.
 *
 * Tolerates: firmware that refuses the document whole and takes its parts, each by its own path.
 */
export const changeImage = async (
  door: IsapiDoor,
  channel: number,
  change: ImageChange,
  options: Asking = {},
): Promise<ImageChanged> => {
  try {
    const { before, after, differences } = await changeResource(door, imageResource(channel), change, options)
    return { before, after, differences }
  } catch (error) {
    if (!(error instanceof PeerError) || error.code !== 'isapi.not-supported') throw error
  }
  const before = await readResource(door, imageResource(channel), options)
  const differences: DocumentDifference[] = []
  for (const part of Object.keys(imageParts) as ImagePart[]) {
    const { names, element } = imageParts[part]
    const ofPart = Object.fromEntries(
      names.filter((name) => change[name] !== undefined).map((name) => [name, change[name]]),
    )
    if (Object.keys(ofPart).length === 0) continue
    const changed = await changeResource(door, imageResource(channel, part), ofPart, options)
    differences.push(...changed.differences.map((one) => ({ ...one, place: `${element}/${one.place}` })))
  }
  return { before, after: await readResource(door, imageResource(channel), options), differences }
}

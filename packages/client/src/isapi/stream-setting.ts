// SPDX-License-Identifier: Apache-2.0
/** A stream's settings, changed within what the device says that it can. */
import { PeerError } from '@openhmp/protocol/base'
import {
  checkStreamingChange,
  readStreamingCapabilities,
  type StreamingCapabilities,
  type StreamingChange,
  type StreamSettings,
  streamResource,
} from '@openhmp/protocol/isapi'
import { type Changed, changeResource, type IsapiDoor } from './resource.ts'

interface Asking {
  readonly signal?: AbortSignal
}

/** What a stream may be; undefined where the device does not tell. */
export const readStreamCapabilities = async (
  door: IsapiDoor,
  id: number,
  options: Asking = {},
): Promise<StreamingCapabilities | undefined> => {
  try {
    return readStreamingCapabilities(await door.getXml(`/ISAPI/Streaming/channels/${id}/capabilities`, options))
  } catch (error) {
    if (error instanceof PeerError && error.code === 'isapi.not-supported') return undefined
    throw error
  }
}

/**
 * Changes a stream. Rejects with `Refusal` `setting.range`, which names what is allowed, before anything is sent; with
 * `PeerError` `isapi.*` when the device refuses.
 */
export const changeStream = async (
  door: IsapiDoor,
  id: number,
  change: StreamingChange,
  options: Asking = {},
): Promise<Changed<StreamSettings>> => {
  const can = await readStreamCapabilities(door, id, options)
  if (can) checkStreamingChange(can, change)
  return changeResource(door, streamResource(id), change, options)
}

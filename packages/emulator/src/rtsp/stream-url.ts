// SPDX-License-Identifier: Apache-2.0
/**
 * The URLs under which a camera of this make offers its streams. Paths are compared without case; the query is not read.
 *
 *   /Streaming/Channels/101, /ISAPI/Streaming/channels/101, /PSIA/streaming/channels/101    channel * 100 + stream
 *   /h264/ch1/main/av_stream, /mpeg4/ch1/sub/av_stream, /h265/...                           before firmware 5
 *   any of them with /trackID=1 (video) or /trackID=2 (sound) behind
 */

/** What a URL names. */
export interface StreamUrl {
  /** ISAPI stream id: channel * 100 + 1 (main) or + 2 (sub). */
  readonly streamId: number
  /** 1 video, 2 sound; undefined for the whole presentation. */
  readonly track: number | undefined
  /** The presentation's URL without track, query and closing slash. */
  readonly baseUrl: string
  /** With its question mark; empty when there is none. */
  readonly query: string
}

const shape = /^(rtsps?:\/\/[^/?#]+)(\/[^?#]*?)\/?(?:\/track(?:ID)?=(\d{1,3}))?\/?(\?[^#]*)?$/i
const channels = /^\/(?:ISAPI\/|PSIA\/)?Streaming\/channels\/(\d{3,5})$/i
const legacy = /^\/(?:h264|h265|mpeg4)\/ch(\d{1,3})\/(main|sub)\/av_stream$/i

/** Reads a request's URL; undefined when it names no stream. A track may stand before or behind the query. */
export const parseStreamUrl = (url: string): StreamUrl | undefined => {
  if (url.length > 2048) return undefined
  // A client that joins the track onto the base by hand puts it behind the query.
  const joined = /^([^?]*)(\?.*?)\/(track(?:ID)?=\d{1,3})\/?$/i.exec(url)
  const found = shape.exec(joined ? `${joined[1]}/${joined[3]}${joined[2]}` : url)
  if (!found) return undefined
  const [, authority = '', path = '', track, query = ''] = found
  const streamId = streamIdOf(path)
  if (streamId === undefined) return undefined
  return { streamId, track: track === undefined ? undefined : Number(track), baseUrl: authority + path, query }
}

const streamIdOf = (path: string): number | undefined => {
  const id = channels.exec(path)?.[1]
  if (id !== undefined) return Number(id)
  const old = legacy.exec(path)
  return old ? Number(old[1]) * 100 + (old[2]!.toLowerCase() === 'main' ? 1 : 2) : undefined
}

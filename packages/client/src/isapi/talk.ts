// SPDX-License-Identifier: Apache-2.0
/**
 * Speaking through a device: its channel is opened, and sound goes out over one connection, as fast as it is heard. A
 * channel that somebody left open blocks the next: it is closed first, always.
 */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Clock, LinkError, PeerError } from '@openhmp/protocol/base'
import {
  readTwoWayAudioChannels,
  readTwoWayAudioSession,
  TWO_WAY_AUDIO_PATH,
  type TwoWayAudioChannel,
} from '@openhmp/protocol/isapi'
import { parseXml } from '@openhmp/protocol/xml'
import { errorOfAnswer } from './answer.ts'
import type { IsapiClient } from './isapi-client.ts'
import type { IsapiDoor } from './resource.ts'

/** Twenty milliseconds of G.711. */
const PIECE_BYTES = 160
const PIECE_MS = 20
/** How long a channel is given to close at the end. */
const CLOSE_MS = 3000

interface Asking {
  readonly signal?: AbortSignal
}

/** An open channel. Dispose to close it; that never rejects. */
export interface Talk extends AsyncDisposable {
  readonly channel: number
  /** What `play` takes. */
  readonly codec: 'pcma' | 'pcmu'
  /** Sends sound in the time that it lasts; pieces that follow each other leave no gap. Rejects with `LinkError`, or `signal.reason`. */
  play(sound: Uint8Array, options?: Asking): Promise<void>
}

/** The channels of a device. */
export const readTalkChannels = async (door: IsapiDoor, options: Asking = {}): Promise<TwoWayAudioChannel[]> =>
  readTwoWayAudioChannels(await door.getXml(TWO_WAY_AUDIO_PATH, options))

/** Opens a channel. Rejects with `PeerError` `isapi.*`, and `talk.codec` when the device wants a sound that is not G.711. */
export const openTalk = async (
  isapi: IsapiClient,
  channel: number,
  { clock, signal }: Asking & { readonly clock: Clock },
): Promise<Talk> => {
  const asking = signal ? { signal } : {}
  const path = `${TWO_WAY_AUDIO_PATH}/${channel}`
  const found = (await readTalkChannels(isapi, asking)).find(({ id }) => id === channel)
  if (!found)
    throw new PeerError('isapi.not-supported', `${isapi.name}: there is no audio channel ${channel}`, {
      retry: 'never',
    })
  const { codec, codecWord } = found
  if (codec !== 'pcma' && codec !== 'pcmu')
    throw new PeerError('talk.codec', `${isapi.name}: audio channel ${channel} wants ${codecWord}, not G.711`, {
      retry: 'never',
    })
  await isapi.put(`${path}/close`, '', asking) // whatever it says: what counts is that it is not open
  const opened = await isapi.put(`${path}/open`, '', asking)
  const refused = errorOfAnswer(opened, `${isapi.name}: PUT ${path}/open`)
  if (refused) throw refused
  const close = async (): Promise<void> => {
    await isapi.put(`${path}/close`, '', { signal: AbortSignal.timeout(CLOSE_MS) }).catch(() => undefined) // best effort
  }
  try {
    const session = sessionOf(opened.bytes)
    const query = session === undefined ? '' : `?sessionId=${encodeURIComponent(session)}`
    const socket = await isapi.hold(`${path}/audioData${query}`, asking)
    return new OpenTalk({ channel, codec, socket, clock, name: isapi.name, close })
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Tolerates: firmware whose yes to `open` is a `ResponseStatus`, or nothing.
 */
const sessionOf = (bytes: Uint8Array): string | undefined => {
  try {
    return readTwoWayAudioSession(parseXml(bytes))
  } catch {
    return undefined
  }
}

interface TalkParts {
  readonly channel: number
  readonly codec: 'pcma' | 'pcmu'
  readonly socket: Socket
  readonly clock: Clock
  readonly name: string
  close(): Promise<void>
}

class OpenTalk implements Talk {
  readonly channel: number
  readonly codec: 'pcma' | 'pcmu'
  readonly #parts: TalkParts
  #failure: LinkError | undefined
  #isClosed = false
  /** When the next piece is due, by the monotonic clock. */
  #dueMs = 0

  constructor(parts: TalkParts) {
    this.#parts = parts
    this.channel = parts.channel
    this.codec = parts.codec
    const { socket, name } = parts
    const lost = (cause?: Error) => {
      this.#failure ??= new LinkError('link.reset', `${name}: the device ended the sound`, { address: name, cause })
    }
    socket.on('error', lost)
    socket.on('close', () => lost())
    socket.resume() // what it says meanwhile is of no use
  }

  async play(sound: Uint8Array, options: Asking = {}): Promise<void> {
    const { socket, clock } = this.#parts
    this.#dueMs = Math.max(this.#dueMs, clock.monotonic())
    for (let at = 0; at < sound.length; at += PIECE_BYTES) {
      const waitMs = this.#dueMs - clock.monotonic()
      if (waitMs > 0) await clock.sleep(waitMs, options).catch(() => undefined) // told by the next line
      options.signal?.throwIfAborted()
      if (this.#failure) throw this.#failure
      const piece = sound.subarray(at, at + PIECE_BYTES)
      if (!socket.write(piece))
        await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined)
      this.#dueMs += (piece.length / PIECE_BYTES) * PIECE_MS
    }
    if (this.#failure) throw this.#failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const { socket, close } = this.#parts
    socket.destroySoon()
    await close()
  }
}

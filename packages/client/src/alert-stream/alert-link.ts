// SPDX-License-Identifier: Apache-2.0
/**
 * The life of an alert stream: connect, read, notice that it is dead, wait, connect again.
 *
 *   connecting --answered--> open --ended, failed or dead--> lost --waited or nudged--> connecting
 *   connecting --failed--> lost
 */
import { LinkError, PeerError } from '@openhmp/protocol/base'
import type { DeviceEvent } from '@openhmp/protocol/event'
import type { IsapiStream } from '../isapi/options.ts'
import { AlertReader } from './alert-reader.ts'
import { alertRetryMs, RECENT_MS } from './back-off.ts'
import { GoingOn } from './going-on.ts'
import type { AlertStream, AlertStreamOptions, AlertStreamState, AlertStreamStats } from './options.ts'
import { Silence } from './silence.ts'

/** The device, as far as the stream needs it. */
export interface AlertSource {
  open(signal: AbortSignal): Promise<Pick<IsapiStream, 'contentType' | 'chunks'> & AsyncDisposable>
  /** Rejects when the device is not there. */
  check(signal: AbortSignal): Promise<void>
}

/** How often silence and ends are looked at. */
const LOOK_MS = 1000
/** How long an alert waits for its pictures. */
const PICTURES_MS = 2000
/** A connection that lasted so long was a good one: back-off begins anew. */
const GOOD_AFTER_MS = 5000

/** Runs from its making until disposed. */
export class AlertLink implements AlertStream {
  readonly #source: AlertSource
  readonly #options: AlertStreamOptions
  readonly #ending = new AbortController()
  readonly #signal: AbortSignal
  readonly #goingOn = new GoingOn()
  readonly #running: Promise<void>
  #state: AlertStreamState = { kind: 'connecting' }
  #waiting: AbortController | undefined
  /** When the device last said something, or when this was made. */
  #heardMs: number
  readonly #counts = { connections: 0, alerts: 0, heartbeats: 0, pictures: 0, discarded: 0 }

  constructor(source: AlertSource, options: AlertStreamOptions) {
    this.#source = source
    this.#options = options
    this.#heardMs = options.clock.monotonic()
    this.#signal = options.signal ? AbortSignal.any([this.#ending.signal, options.signal]) : this.#ending.signal
    this.#running = this.#run()
  }

  get state(): AlertStreamState {
    return this.#state
  }

  get stats(): AlertStreamStats {
    return this.#counts
  }

  nudge(): void {
    this.#waiting?.abort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, random = Math.random } = this.#options
    let failures = 0
    let lostMs: number | undefined
    await Promise.resolve() // whoever made this is told nothing before it has it
    while (!this.#signal.aborted) {
      this.#become({ kind: 'connecting' })
      const startedMs = clock.monotonic()
      let cause: unknown
      try {
        cause = await this.#connection()
      } catch (error) {
        cause = error
      }
      if (this.#signal.aborted) return
      const lost = this.#goingOn.lose()
      if (lost.length > 0) this.#options.onUnknown?.(lost)
      const nowMs = clock.monotonic()
      if (this.#state.kind === 'open' && nowMs - startedMs >= GOOD_AFTER_MS) lostMs = undefined
      lostMs ??= nowMs
      failures = nowMs - lostMs < RECENT_MS ? 0 : failures + 1
      const retryInMs = alertRetryMs(cause, failures, random())
      const silentMs = clock.monotonic() - this.#heardMs
      const error = cause instanceof Error ? cause : new Error(String(cause))
      this.#become({ kind: 'lost', cause: error, silentMs, retryInMs })
      this.#waiting = new AbortController()
      await this.#sleep(retryInMs, AbortSignal.any([this.#signal, this.#waiting.signal]))
    }
  }

  /** One connection, from its opening to its end; gives or throws why it ended. */
  async #connection(): Promise<Error> {
    const { clock } = this.#options
    const over = new AbortController()
    const signal = AbortSignal.any([this.#signal, over.signal])
    await using stream = await this.#source.open(signal)
    mustBeStream(stream.contentType)
    this.#counts.connections++
    this.#heardMs = clock.monotonic()
    this.#become({ kind: 'open' })
    const silence = new Silence(clock.monotonic())
    const reader = new AlertReader(stream.contentType, (event, pictures, source) => {
      this.#take(event, pictures, source, silence)
    })
    const watch = this.#watch(silence, reader, over, signal)
    try {
      for await (const chunk of stream.chunks) {
        this.#heardMs = clock.monotonic()
        silence.heard(this.#heardMs)
        reader.push(chunk)
        this.#count(reader)
        if (reader.isOver) break
      }
      if (!signal.aborted) reader.end()
      return new LinkError('link.closed', 'the device ended the alert stream')
    } catch (error) {
      throw over.signal.aborted && !this.#signal.aborted ? over.signal.reason : error
    } finally {
      this.#count(reader)
      over.abort()
      await watch
    }
  }

  /** Looks after one connection: events that are over, pictures that do not come, silence. Never rejects. */
  async #watch(silence: Silence, reader: AlertReader, over: AbortController, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    let waitingSinceMs: number | undefined
    while (await this.#sleep(LOOK_MS, signal)) {
      const nowMs = clock.monotonic()
      waitingSinceMs = reader.isWaiting ? (waitingSinceMs ?? nowMs) : undefined
      try {
        for (const event of this.#goingOn.expire(nowMs)) this.#options.onEvent(event, [], true)
        if (waitingSinceMs !== undefined && nowMs - waitingSinceMs >= PICTURES_MS) reader.flush()
      } catch (error) {
        over.abort(error) // of the callback: told as the cause, as those of alerts that are read
        return
      }
      if (silence.isDead(nowMs)) {
        over.abort(new LinkError('link.silent', 'the alert stream has gone silent'))
        return
      }
      if (!silence.needsCheck(nowMs)) continue
      silence.checked(nowMs)
      try {
        await this.#source.check(signal)
      } catch (error) {
        // A device that does not know the question is there all the same.
        if (error instanceof LinkError) over.abort(error)
      }
    }
  }

  #take(event: DeviceEvent, pictures: readonly Uint8Array[], source: Uint8Array | undefined, silence: Silence): void {
    if (event.isHeartbeat) {
      this.#counts.heartbeats++
      silence.heartbeat()
      return
    }
    this.#counts.alerts++
    this.#goingOn.take(event, this.#options.clock.monotonic())
    this.#options.onEvent(event, pictures, false, source)
  }

  #count(reader: AlertReader): void {
    this.#counts.pictures += reader.pictures
    this.#counts.discarded += reader.discarded
    reader.pictures = 0
    reader.discarded = 0
  }

  #become(state: AlertStreamState): void {
    this.#state = state
    this.#options.onState?.(state)
  }

  /** False when aborted. */
  async #sleep(ms: number, until: AbortSignal): Promise<boolean> {
    try {
      await this.#options.clock.sleep(ms, { signal: until })
      return true
    } catch {
      return false
    }
  }
}

/**
 * A whole answer is no stream, whatever its status: a page for people, a document. Throws `PeerError` `isapi.not-isapi`.
 *
 * Tolerates: a content type that is only the boundary, or none.
 */
const mustBeStream = (contentType: string | undefined): void => {
  if (!contentType?.includes('/') || /^\s*multipart\//i.test(contentType)) return
  const text = `the device answers with ${contentType.slice(0, 60)} where its alert stream should be`
  throw new PeerError('isapi.not-isapi', text, { status: 200, retry: 'later' })
}

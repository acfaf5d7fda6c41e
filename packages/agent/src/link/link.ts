// SPDX-License-Identifier: Apache-2.0
/**
 * The way out to the CMS: dials, answers, sends what is in the spool, and dials again after each break: at a random time below a
 * limit that doubles from 2 s to 60 s (hmp.md §6.7), so that sites do not come back in step.
 */
import { dialHmp } from '@openhmp/client'
import { type Clock, PeerError } from '@openhmp/protocol/base'
import type { Closing, HmpSession, IncomingRequest } from '@openhmp/protocol/session'
import type { LinkSetting } from '../home/home.ts'

const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 60_000
/** A session that lasted this long was a good one: the pause begins small again. */
const GOOD_SESSION_MS = 60_000
const SOFTWARE = 'openhmp-agent/0.1.0'

/** How the link stands. */
export interface LinkState {
  readonly isUp: boolean
  /** Why not. */
  readonly cause?: { readonly code: string; readonly text: string }
}

/** Answers what is asked over one session; disposed when it ends. */
export interface SessionWork extends AsyncDisposable {
  answer(request: IncomingRequest): ReturnType<Parameters<typeof dialHmp>[0]['onRequest']>
  /** Runs until the signal aborts. */
  run(session: HmpSession, signal: AbortSignal): Promise<void>
}

/** What the link needs of the agent. */
export interface LinkParts {
  readonly setting: LinkSetting
  readonly clock: Clock
  /** 0 up to 1. */
  random(): number
  /** For each session anew. `session` resolves once it is open. */
  work(session: Promise<HmpSession>): SessionWork
  onState(state: LinkState): void
}

/** Dials until disposed. */
export class Link implements AsyncDisposable {
  readonly #parts: LinkParts
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #lastEpoch: number | undefined
  #session: HmpSession | undefined

  constructor(parts: LinkParts) {
    this.#parts = parts
    this.#running = this.#run()
  }

  /** The session that is open now. */
  get session(): HmpSession | undefined {
    return this.#session
  }

  async #run(): Promise<void> {
    const { clock, random, onState } = this.#parts
    const { signal } = this.#stop
    let limitMs = FIRST_PAUSE_MS
    while (!signal.aborted) {
      const beganMs = clock.monotonic()
      let leastMs = 0
      try {
        const closing = await this.#meet(signal)
        onState({ isUp: false, cause: { code: `hmp.${closing.code}`, text: closing.text } })
        leastMs = Math.max(closing.retryAfterMs ?? 0, isShutOut(`hmp.${closing.code}`) ? LONGEST_PAUSE_MS : 0)
        if (clock.monotonic() - beganMs >= GOOD_SESSION_MS) limitMs = FIRST_PAUSE_MS
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'link.failed'
        onState({ isUp: false, cause: { code, text: error instanceof Error ? error.message : String(error) } })
        if (error instanceof PeerError && isShutOut(code)) leastMs = LONGEST_PAUSE_MS
      }
      if (signal.aborted) return
      const waitMs = Math.max(leastMs, random() * limitMs)
      await clock.sleep(waitMs, { signal }).catch(() => {}) // aborted: the loop ends
      limitMs = Math.min(2 * limitMs, LONGEST_PAUSE_MS)
    }
  }

  /** One session, from dialling to its end. */
  async #meet(signal: AbortSignal): Promise<Closing> {
    const { setting, clock, work, onState } = this.#parts
    const opened = Promise.withResolvers<HmpSession>()
    opened.promise.catch(() => {}) // told by dialling itself
    const ended = Promise.withResolvers<Closing>()
    const over = new AbortController()
    await using doing = work(opened.promise)
    try {
      const session = await dialHmp({
        ...setting,
        ...{ role: 'agent', software: SOFTWARE, clock, signal },
        onRequest: (request) => doing.answer(request),
        onClose: (closing) => ended.resolve(closing),
        ...(this.#lastEpoch === undefined ? {} : { lastEpoch: this.#lastEpoch }),
      })
      this.#session = session
      this.#lastEpoch = session.epoch
      opened.resolve(session)
      onState({ isUp: true })
      const goodbye = () => session.close('shutdown', 'the agent stops')
      signal.addEventListener('abort', goodbye, { once: true })
      if (signal.aborted) goodbye()
      const running = doing.run(session, over.signal)
      const closing = await ended.promise
      signal.removeEventListener('abort', goodbye)
      over.abort()
      await running
      return closing
    } catch (error) {
      opened.reject(error)
      throw error
    } finally {
      this.#session = undefined
      over.abort()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}

const isShutOut = (code: string): boolean => code === 'hmp.login' || code === 'hmp.revoked' || code === 'hmp.version'

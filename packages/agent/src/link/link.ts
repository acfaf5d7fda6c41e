// SPDX-License-Identifier: Apache-2.0
/**
 * The way out to the CMS: dials, answers, sends what is in the spool, and dials again after each break: at a random time below a
 * limit that doubles from 2 s to 60 s (hmp.md §6.7), so that sites do not come back in step.
 */
import { dialHmp, renewLink } from '@openhmp/client'
import { type Clock, PeerError } from '@openhmp/protocol/base'
import type { Closing, HmpSession, IncomingRequest } from '@openhmp/protocol/session'
import type { AgentHome } from '../home/home.ts'

const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 60_000
/** A session that lasted this long was a good one: the pause begins small again. */
const GOOD_SESSION_MS = 60_000
const ANSWER_MS = 10_000
/** How often the age of the certificate is looked at. */
const RENEWAL_LOOK_MS = 10 * 60_000
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
  /** Has a link. */
  readonly home: AgentHome
  readonly clock: Clock
  /** 0 up to 1. */
  random(): number
  /** For each session anew. `session` resolves once it is open. */
  work(session: Promise<HmpSession>): SessionWork
  onState(state: LinkState): void
  /** For people; the link goes on. */
  onTrouble(text: string): void
}

/** Dials until disposed. */
export class Link implements AsyncDisposable {
  readonly #parts: LinkParts
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #lastEpoch: number | undefined
  #session: HmpSession | undefined
  #isNextRefused = false

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
    const { home, clock, work, onState } = this.#parts
    const { url, identity, caFingerprint, key, certificate, renewed } = home.link!
    // A new certificate that is not taken does not shut us out: the old one has its turn again.
    const isNext = renewed !== undefined && !this.#isNextRefused
    this.#isNextRefused = false
    const held = isNext ? renewed : certificate
    const opened = Promise.withResolvers<HmpSession>()
    opened.promise.catch(() => {}) // told by dialling itself
    const ended = Promise.withResolvers<Closing>()
    const over = new AbortController()
    await using doing = work(opened.promise)
    try {
      const session = await dialHmp({
        ...{ url, identity, caFingerprint, ...(held ? { certificate: held } : key ? { key } : {}) },
        ...{ role: 'agent', software: SOFTWARE, clock, signal },
        onRequest: (request) => doing.answer(request),
        onClose: (closing) => ended.resolve(closing),
        ...(this.#lastEpoch === undefined ? {} : { lastEpoch: this.#lastEpoch }),
      })
      if (isNext) home.broughtIn()
      this.#session = session
      this.#lastEpoch = session.epoch
      opened.resolve(session)
      onState({ isUp: true })
      const goodbye = () => session.close('shutdown', 'the agent stops')
      signal.addEventListener('abort', goodbye, { once: true })
      if (signal.aborted) goodbye()
      const running = Promise.all([doing.run(session, over.signal), this.#renew(session, over.signal)])
      const closing = await ended.promise
      signal.removeEventListener('abort', goodbye)
      over.abort()
      await running
      return closing
    } catch (error) {
      opened.reject(error)
      this.#isNextRefused = isNext && error instanceof PeerError
      throw error
    } finally {
      this.#session = undefined
      over.abort()
    }
  }

  /** Sees to it that there is always a certificate to come in with: hmp.md §12.4. */
  async #renew(session: HmpSession, signal: AbortSignal): Promise<void> {
    const { home, clock, onTrouble } = this.#parts
    while (!signal.aborted) {
      const { certificate, renewed } = home.link!
      if (!certificate) return
      if (!renewed && clock.now() >= certificate.renewAfter) {
        try {
          const asking = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
          home.renewed(await renewLink(session, certificate, home.nextKey(), asking))
        } catch (error) {
          if (!signal.aborted) onTrouble(`the certificate was not renewed: ${String(error)}`)
        }
      }
      await clock.sleep(RENEWAL_LOOK_MS, { signal }).catch(() => {}) // aborted: the loop ends
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}

const isShutOut = (code: string): boolean => code === 'hmp.login' || code === 'hmp.revoked' || code === 'hmp.version'

// SPDX-License-Identifier: Apache-2.0
/**
 * A device that dials out to its CMS and stays: logs in by key or certificate, answers, sends its events, comes back after each break. hmp.md §6.7
 * says how soon: a random time below a limit that doubles from 2 s to 60 s.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { type Clock, HmpError, PeerError } from '@openhmp/protocol/base'
import { type Closing, HmpSession } from '@openhmp/protocol/session'
import type { EmulatedDevice } from '../device/device.ts'
import { type Carrier, openCarrier } from './carrier.ts'
import { DeviceAnswers, memoryOf } from './device-answers.ts'
import { EventPictures } from './event-picture.ts'
import { EventSpool } from './event-spool.ts'
import { Membership, type Pass } from './membership.ts'

const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 60_000
/** A session that lasted this long was a good one: the pause begins small again. */
const GOOD_SESSION_MS = 60_000
const TICK_MS = 50
/** How often it is looked whether the certificate is to be renewed. */
const RENEWAL_LOOK_MS = 60_000
const SOFTWARE = 'openhmp-emulator/0.1.0'

/** Not a token, or not a URL. Code `emulator.join`. */
export class DialOutError extends HmpError {}

/** Who dials, and whom. */
export interface DialOutOptions {
  readonly device: EmulatedDevice
  /** `https://host:port` or `hmps://` (TLS), `wss://` (WebSocket). A join token knows it itself. */
  readonly url?: string | undefined
  /** `hmp1:...` for a login by key, or `hmp1j:...` to fetch a certificate with. */
  readonly token: string
  /** Where the certificate is kept; in memory alone when left out. */
  readonly file?: string | undefined
  /** An HTTP proxy to go through: `http://host:port`, an account in it where it wants one. */
  readonly proxy?: string | undefined
  readonly clock: Clock
  readonly onLine?: ((line: string) => void) | undefined
  /** For tests: a number from 0 to 1. */
  readonly random?: () => number
}

/** Dials until disposed. */
export class DialOut implements AsyncDisposable {
  readonly spool: EventSpool
  readonly #options: DialOutOptions
  readonly #membership: Membership
  readonly #ending = new AbortController()
  readonly #memory
  readonly #running: Promise<void>
  readonly #listeners: Disposable[] = []
  /** Aborted at each change of power. */
  #power = new AbortController()
  #session: HmpSession | undefined
  #limitMs = FIRST_PAUSE_MS
  #lastEpoch: number | undefined

  /** Throws `DialOutError`. */
  constructor(options: DialOutOptions) {
    const { device, clock, url } = options
    const { serialNumber } = device.identity
    const membership = Membership.of({ ...options, serialNumber })
    if (!membership)
      throw new DialOutError('emulator.join', 'a token looks like hmp1:<identity>:<key>:... or hmp1j:<id>:<code>:...')
    if (!membership.knowsAddress && !/^(https|hmps|wss):$/.test(URL.parse(url ?? '')?.protocol ?? ''))
      throw new DialOutError('emulator.join', `"${url}" is no https:, hmps: or wss: address`)
    if (options.proxy !== undefined && URL.parse(options.proxy)?.protocol !== 'http:')
      throw new DialOutError('emulator.join', 'a proxy is named as http://host:port')
    this.#options = options
    this.#membership = membership
    this.#memory = memoryOf(clock)
    this.spool = new EventSpool(membership.identity, clock)
    const { channelOffset } = device.profile
    const pictures = new EventPictures(device.channels, clock)
    this.#listeners.push(
      device.watchEvents((event, xml) => {
        if (event.isHeartbeat || device.power === 'down') return
        const channel = event.channel === undefined ? undefined : event.channel - channelOffset
        this.spool.add(xml, channel, pictures.of(event, channel))
      }),
      device.onPower(() => {
        this.#limitMs = FIRST_PAUSE_MS
        this.#power.abort()
        this.#power = new AbortController()
      }),
    )
    this.#running = this.#run()
  }

  /** The session that is open now. */
  get session(): HmpSession | undefined {
    return this.#session
  }

  async #run(): Promise<void> {
    const { device, clock, onLine, random = Math.random } = this.#options
    while (!this.#ending.signal.aborted) {
      const signal = AbortSignal.any([this.#ending.signal, this.#power.signal])
      if (device.power === 'down') {
        await sleep(clock, LONGEST_PAUSE_MS, signal)
        continue
      }
      const since = clock.monotonic()
      let least = 0
      try {
        const closing = await this.#meet(signal)
        if (clock.monotonic() - since >= GOOD_SESSION_MS) this.#limitMs = FIRST_PAUSE_MS
        least = Math.max(closing.retryAfterMs ?? 0, isRefused(closing) ? LONGEST_PAUSE_MS : 0)
        onLine?.(`${this.#name}: session ended: ${closing.code} ${closing.text}`.trimEnd())
      } catch (error) {
        if (!signal.aborted) onLine?.(`${this.#name}: ${error instanceof Error ? error.message : String(error)}`)
        if (error instanceof PeerError && error.retry === 'never') least = LONGEST_PAUSE_MS
      }
      // Power that came back is no failure: a camera dials as soon as it runs.
      if (signal.aborted) continue
      await sleep(clock, Math.max(least, random() * this.#limitMs), signal)
      this.#limitMs = Math.min(2 * this.#limitMs, LONGEST_PAUSE_MS)
    }
  }

  /** One session, from dialling to its end. */
  async #meet(signal: AbortSignal): Promise<Closing> {
    const { onLine, proxy } = this.#options
    const pass = await this.#membership.pass(signal)
    this.spool.device = pass.identity
    const url = pass.kind === 'certificate' ? pass.url : this.#options.url!
    const own =
      pass.kind === 'certificate' ? { key: pass.certificate.key, cert: pass.certificate.certificate } : undefined
    const carrier = await openCarrier(url, pass.caFingerprint, signal, proxy, own)
    const { promise, resolve } = Promise.withResolvers<Closing>()
    const over = new AbortController()
    const session = this.#makeSession(carrier, pass, over.signal, resolve)
    const cut = () => {
      // Switched off, a device says nothing; told to end, it says goodbye.
      if (this.#ending.signal.aborted) session.close('shutdown', 'the device goes away')
      else carrier.destroy()
    }
    signal.addEventListener('abort', cut, { once: true })
    const ticking = setInterval(() => session.tick(), TICK_MS)
    void this.#keepRenewed(() => this.#session, over.signal)
    try {
      carrier.listen({
        onBytes: (bytes) => session.receive(bytes),
        onPacket: (packet) => session.receivePacket(packet),
        onClosed: (reason) => session.carrierClosed(reason),
      })
      session.start()
      if (signal.aborted) cut()
      const closing = await promise
      if (!closing.byPeer && closing.cause !== undefined) onLine?.(`${this.#name}: ${String(closing.cause)}`)
      return closing
    } finally {
      clearInterval(ticking)
      signal.removeEventListener('abort', cut)
      this.#session = undefined
      over.abort(new DialOutError('emulator.session', 'the session ended'))
    }
  }

  #makeSession(carrier: Carrier, pass: Pass, over: AbortSignal, ended: (closing: Closing) => void): HmpSession {
    const { device, clock, onLine } = this.#options
    const { identity } = pass
    const answers = new DeviceAnswers(device, identity, () => session, this.#memory)
    const lastEpoch = this.#lastEpoch
    const session: HmpSession = new HmpSession({
      side: 'dialler',
      role: 'device',
      identity,
      software: SOFTWARE,
      login: {
        ...(pass.kind === 'certificate'
          ? { kind: 'carrier' }
          : {
              kind: 'key',
              key: pass.key,
              hmac: (under, data) => createHmac('sha256', under).update(data).digest(),
              ...(carrier.exporter ? { exporter: carrier.exporter } : {}),
            }),
        ...(lastEpoch === undefined ? {} : { lastEpoch }),
      },
      now: () => clock.monotonic(),
      wallNow: () => device.deviceNow(),
      random: (count) => randomBytes(count),
      write: (parts) => carrier.write(parts),
      onRequest: (request) => answers.answer(request),
      onOpen: () => {
        this.#session = session
        this.#lastEpoch = session.epoch
        onLine?.(`${identity}: session ${session.id ?? ''} is open`)
        this.spool.attach(session, over)
      },
      onClose: (closing) => {
        answers[Symbol.dispose]()
        carrier.close(closing)
        ended(closing)
      },
    })
    return session
  }

  get #name(): string {
    return this.#membership.identity ?? this.#options.device.identity.serialNumber
  }

  /** A certificate is renewed over the session that it brought in; what fails is tried again at the next look. */
  async #keepRenewed(session: () => HmpSession | undefined, signal: AbortSignal): Promise<void> {
    const { clock, onLine } = this.#options
    while (!signal.aborted) {
      const open = session()
      try {
        if (open && (await this.#membership.renewWhenDue(open, signal))) onLine?.(`${this.#name}: certificate renewed`)
      } catch (error) {
        if (!signal.aborted) onLine?.(`${this.#name}: no renewal: ${error instanceof Error ? error.message : error}`)
      }
      await sleep(clock, RENEWAL_LOOK_MS, signal)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new DialOutError('emulator.session', 'the emulator ends'))
    for (const listener of this.#listeners) listener[Symbol.dispose]()
    await this.#running
  }
}

const isRefused = ({ code }: Closing): boolean => code === 'login' || code === 'revoked' || code === 'version'

const sleep = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  clock.sleep(ms, { signal }).catch(() => {}) // aborted: the loop looks again

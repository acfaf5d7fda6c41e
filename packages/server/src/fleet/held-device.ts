// SPDX-License-Identifier: Apache-2.0
/**
 * One device under supervision: its state, what it told last, and who may use its gear. It is thrown away whole when how it is
 * reached changes, so that a device is never logged in to with two passwords.
 */
import type { Device, DeviceInformation, DeviceState, HealthSummary, LiveMessage } from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import type { DeviceEvent } from '@openhmp/protocol/event'
import type { OrderTarget } from '../order/orders.ts'
import { CONNECTING, conditionOf, ONLINE, waitAfter } from './condition.ts'
import type { KnownDevice } from './device-row.ts'
import type { Condition, Gear, GearSink } from './gear.ts'
import { shown } from './shown.ts'
import { agreed, whichPassword } from './two-passwords.ts'

/** Longest that a device is asked what it is. */
export const PROBE_MS = 15_000

/** What a device under supervision needs of its neighbours. */
export interface HeldDeviceParts {
  readonly clock: Clock
  makeGear(device: KnownDevice): Gear
  /** On the disk when it resolves. */
  save(device: KnownDevice): Promise<unknown>
  /** It has a name of its own now. */
  onNamed(device: KnownDevice): Promise<unknown>
  /** Which password it has is known now. */
  onPassword(): void
  publish(message: LiveMessage): void
  /** `arrival` is the key of a sender that sends again until it is told that the event is stored. */
  onEvent(device: KnownDevice, event: DeviceEvent, pictures: readonly Uint8Array[], arrival?: string): Promise<void>
  onEventsLost(device: string): Promise<void>
  onHearing(device: KnownDevice, hearing: Parameters<GearSink['onHearing']>[0]): Promise<void>
  onError(error: unknown): void
}

/** Supervises from `start` to `stop`. */
export class HeldDevice {
  known: KnownDevice
  gear: Gear
  state: DeviceState
  health: HealthSummary | null
  /** How it is reached is being changed, or which of two passwords counts is being found out: nobody else may log in. */
  closed: 'changing' | 'settling' | undefined
  readonly #parts: HeldDeviceParts
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #isAbsenceExpected = false
  /** What the gear told last, in force or not. */
  #told: Condition = CONNECTING

  constructor(known: KnownDevice, health: HealthSummary | null, parts: HeldDeviceParts) {
    this.#parts = parts
    this.known = known
    this.health = health
    this.gear = parts.makeGear(known)
    const since = new Date(parts.clock.now()).toISOString()
    this.state = { state: known.kind === 'hmp' ? 'unreachable' : 'connecting', since, cause: null }
    this.closed = known.nextSecret ? 'settling' : undefined
  }

  /** Once, when it can be found. */
  start(): this {
    this.#running = this.#supervise()
    return this
  }

  /** Throws `Refusal` `device.changing` while nobody may log in. */
  checkOpen(): this {
    if (this.closed) throw beingChanged()
    return this
  }

  /** Asks the device what it is, and keeps that. */
  async inform(): Promise<void> {
    await this.#learn(await this.gear.inform(AbortSignal.timeout(PROBE_MS)))
  }

  /** Ends its supervision; resolves when nothing of it goes on. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.gear[Symbol.asyncDispose]()
  }

  /** Tells everybody who follows how it is. */
  tell(): Device {
    const device = shown(this)
    this.#parts.publish({ what: 'device', device })
    return device
  }

  move({ state, cause }: Condition): void {
    if (this.#stop.signal.aborted) return
    // While a restart is awaited, being away is no news.
    if (this.#isAbsenceExpected && state !== 'restarting') return
    if (this.state.state === state && this.state.cause?.code === cause?.code) return
    this.state = { state, cause, since: new Date(this.#parts.clock.now()).toISOString() }
    this.tell()
  }

  /** It was told to restart, or is not waited for any longer. */
  expectAbsence: OrderTarget['expectAbsence'] = (isExpected) => {
    this.#isAbsenceExpected = isExpected
    if (isExpected) this.move({ state: 'restarting', cause: null })
    else if (this.state.state === 'restarting') this.move(this.#told.state === 'online' ? ONLINE : CONNECTING)
    if (!isExpected) this.gear.nudge()
  }

  async #supervise(): Promise<void> {
    const { onEvent, onEventsLost, onHearing, onError } = this.#parts
    const { signal } = this.#stop
    try {
      if (this.closed) await this.#settle()
      if (signal.aborted) return
      await this.gear.run(
        {
          onCondition: (condition) => {
            this.#told = condition
            this.move(condition)
          },
          onInformation: (information) => void this.#learn(information).catch(onError),
          onEvent: async (event, pictures) => {
            try {
              await onEvent(this.known, event, pictures)
            } catch (error) {
              onError(error) // the device does not keep it: this one is lost, and said so
            }
          },
          onEventsLost: () => void onEventsLost(this.known.id).catch(onError),
          onHearing: (hearing) => void onHearing(this.known, hearing).catch(onError),
        },
        signal,
      )
    } catch (error) {
      if (!signal.aborted) onError(error)
    }
  }

  /** Until it is known which of its two passwords counts; what is known by then is kept. */
  async #settle(): Promise<void> {
    const { clock, makeGear, save, onPassword } = this.#parts
    const { signal } = this.#stop
    for (let failures = 1; !signal.aborted && this.closed; failures++) {
      try {
        const asking = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)])
        this.known = agreed(this.known, await whichPassword(this.known, makeGear, asking))
        await save(this.known)
        await this.gear[Symbol.asyncDispose]()
        this.gear = makeGear(this.known)
        onPassword()
        this.closed = undefined
      } catch (error) {
        if (signal.aborted) return
        this.move(conditionOf(error))
        await clock.sleep(waitAfter(error, failures, 0.5), { signal }).catch(() => {}) // aborted: the loop ends
      }
    }
  }

  async #learn(information: DeviceInformation): Promise<void> {
    const { known } = this
    const options = { ...known.options, ...this.gear.learned }
    const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
    if (isSame(known.information, information) && isSame(known.options, options)) return
    const isFirst = known.information === undefined
    const name =
      isFirst && known.kind === 'hmp' && known.name === known.address ? information.name || known.name : known.name
    this.known = { ...known, information, name, options }
    await this.#parts.save(this.known)
    if (isFirst && name !== known.name) await this.#parts.onNamed(this.known)
    this.tell()
  }
}

/** Nobody may log in there just now. */
export const beingChanged = (): Refusal =>
  new Refusal('unavailable', 'device.changing', 'how this device is reached is being changed; try again in a moment')

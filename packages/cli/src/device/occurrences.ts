// SPDX-License-Identifier: Apache-2.0
/**
 * Alerts to events: devices repeat an alert each second while it lasts. An occurrence is told once when it begins and once when it ends. The stream itself infers the ends that devices do not tell.
 */
import { randomUUID } from 'node:crypto'
import type { DeviceEvent } from '@openhmp/protocol/event'

/** Occurrences followed at one time: channels times kinds. */
export const MAX_OCCURRENCES = 4096

/** An event as `hmp device events --json` prints it, one a line. */
export interface EventLine {
  readonly id: string
  readonly time: string
  readonly device: string
  readonly channel: number | null
  readonly kind: string
  readonly type: string
  readonly state: 'active' | 'inactive' | 'unknown'
  readonly input?: number
  readonly description?: string
  readonly count?: number
}

export class Occurrences {
  readonly #device: string
  /** Id by what tells one occurrence from another. */
  readonly #active = new Map<string, string>()

  constructor(device: string) {
    this.#device = device
  }

  /** The event to print, or undefined for a repeat, a heartbeat, or the end of what never began. */
  take(event: DeviceEvent, nowMs: number): EventLine | undefined {
    const key = keyOf(event)
    const known = this.#active.get(key)
    if (event.isHeartbeat || (event.state === 'active') === (known !== undefined)) return undefined
    if (known !== undefined) {
      this.#active.delete(key)
      return this.#line(known, event, event.state, nowMs)
    }
    const id = randomUUID()
    if (this.#active.size >= MAX_OCCURRENCES) this.#active.delete(this.#active.keys().next().value!)
    this.#active.set(key, id)
    return this.#line(id, event, event.state, nowMs)
  }

  /** The stream was lost: how this one goes on is not known. */
  lose(event: DeviceEvent, nowMs: number): EventLine | undefined {
    const id = this.#active.get(keyOf(event))
    this.#active.delete(keyOf(event))
    return id === undefined ? undefined : this.#line(id, event, 'unknown', nowMs)
  }

  #line(id: string, event: DeviceEvent, state: EventLine['state'], nowMs: number): EventLine {
    return {
      id,
      time: new Date(state === 'active' ? (event.timeMs ?? nowMs) : nowMs).toISOString(),
      device: this.#device,
      channel: event.channel ?? null,
      kind: event.kind,
      type: event.type,
      state,
      ...(event.input === undefined ? {} : { input: event.input }),
      ...(event.description === undefined ? {} : { description: event.description }),
      ...(event.count === undefined ? {} : { count: event.count }),
    }
  }
}

const keyOf = ({ kind, type, channel, input }: DeviceEvent) => `${kind} ${type} ${channel ?? ''} ${input ?? ''}`

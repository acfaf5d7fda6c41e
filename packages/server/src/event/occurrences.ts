// SPDX-License-Identifier: Apache-2.0
/**
 * What is going on at the devices: from alerts to occurrences. An alert that is active begins an occurrence or extends
 * the open one of the same device, channel, type and input; an inactive one ends it (the alert stream's reader tells it
 * for devices that just fall silent). No I/O, no clock.
 *
 *   none --active--> open --active--> open (count + 1)
 *                    open --inactive--> ended
 *                    open --link lost--> unknown: never "ended" because we could not hear
 *                                        unknown --inactive--> ended, when the device says it after all
 *                                        unknown --active--> open again, from a device that keeps what it could not tell
 */

/** What identifies an occurrence while it is open. */
export interface Subject {
  readonly device: string
  readonly channel: number | undefined
  readonly type: string
  readonly input: number | undefined
}

/** An occurrence that is open. */
export interface Open {
  readonly id: string
  readonly subject: Subject
  lastSeenAt: number
  count: number
  /** When repeats were last written down. */
  writtenAt: number
}

/** Occurrences open at a time of one device; more are taken, but each alert of them stands alone. */
export const MAX_OPEN_PER_DEVICE = 512

const keyOf = ({ channel, type, input }: Subject): string => `${channel ?? ''}|${input ?? ''}|${type}`

/** One table of occurrences by device: those that are open, or those that nobody knows about. */
export class Occurrences {
  readonly #devices = new Map<string, Map<string, Open>>()

  find(subject: Subject): Open | undefined {
    return this.#devices.get(subject.device)?.get(keyOf(subject))
  }

  add(open: Open): void {
    const { device } = open.subject
    let own = this.#devices.get(device)
    if (!own) {
      own = new Map()
      this.#devices.set(device, own)
    }
    if (own.size < MAX_OPEN_PER_DEVICE) own.set(keyOf(open.subject), open)
  }

  remove(subject: Subject): void {
    const own = this.#devices.get(subject.device)
    own?.delete(keyOf(subject))
    if (own?.size === 0) this.#devices.delete(subject.device)
  }

  /** Those of a device. */
  of(device: string): Open[] {
    return [...(this.#devices.get(device)?.values() ?? [])]
  }

  get count(): number {
    let count = 0
    for (const own of this.#devices.values()) count += own.size
    return count
  }
}

// SPDX-License-Identifier: Apache-2.0
/** A value that must not show up in logs, answers or error texts. Printing it in any way gives `***`. */
import { inspect } from 'node:util'

const SHOWN = '***'

/** Wraps a password or key; `reveal` is the one way to it, so that uses can be found by name. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  /** The value itself: hand it straight to what needs it. */
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return SHOWN
  }
  toJSON(): string {
    return SHOWN
  }
  [inspect.custom](): string {
    return SHOWN
  }
}

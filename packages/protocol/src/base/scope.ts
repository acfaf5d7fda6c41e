// SPDX-License-Identifier: Apache-2.0
/** Things that end together, last first: what `AsyncDisposableStack` is, for the Node 22 that does not have it. */

type Disposing = AsyncDisposable | Disposable

/** Holds what was started until it is disposed, or moved to who keeps it. */
export class Scope implements AsyncDisposable {
  #ends: (() => unknown)[] = []

  /** Ends with the scope. Gives it back. */
  use<T extends Disposing>(started: T): T {
    this.#ends.push(() => (Symbol.asyncDispose in started ? started[Symbol.asyncDispose]() : started[Symbol.dispose]()))
    return started
  }

  /** To be done at the end. */
  defer(end: () => unknown): void {
    this.#ends.push(end)
  }

  /** All that it holds, in a scope of its own; this one holds nothing then. */
  move(): Scope {
    const moved = new Scope()
    moved.#ends = this.#ends
    this.#ends = []
    return moved
  }

  /** Ends all, one after another, whatever fails; rejects with what failed (`AggregateError` for several). */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (let end = this.#ends.pop(); end; end = this.#ends.pop())
      try {
        await end()
      } catch (error) {
        failures.push(error)
      }
    if (failures.length > 1) throw new AggregateError(failures, 'several things failed to end')
    if (failures.length === 1) throw failures[0]
  }
}

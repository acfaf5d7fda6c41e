// SPDX-License-Identifier: Apache-2.0
/** What a parser must give to be fuzzed. */
import { unhex, utf8, WireError } from '@openhmp/protocol/base'

/** One parser, or one machine that takes bytes from strangers. */
export interface FuzzTarget {
  readonly name: string
  /** How many inputs `npm test` tries. */
  readonly testRuns: number
  /** Right inputs, from which wrong ones are made. */
  readonly seeds: readonly Uint8Array[]
  /** Words that text formats are made of. */
  readonly tokens?: readonly string[]
  /** Longest input. Default 1024. */
  readonly maxBytes?: number
  /**
   * Takes one input: returns, or throws a `WireError`. Anything else thrown, an altered input, a long time and memory
   * that stays are failures. What it keeps beyond the call it must copy.
   */
  run(input: Uint8Array): void | Promise<void>
}

/** A million for what every byte of media passes through. */
export const HOT_RUNS = 1_000_000
/** For every other parser. */
export const COLD_RUNS = 100_000
/** For machines, which are no parsers but take their bytes. */
export const MACHINE_RUNS = 25_000

/** True for the one kind of error that bytes may cause. */
export const isExpected = (error: unknown): boolean => error instanceof WireError

/** Bytes of a seed written in hex. */
export const bytes = (text: string): Uint8Array => {
  const found = unhex(text)
  if (!found) throw new Error(`no hex: ${text}`)
  return found
}

/** Bytes of a seed written as text; line ends become CRLF. */
export const lines = (text: string): Uint8Array => utf8(text.replace(/\r?\n/g, '\r\n'))

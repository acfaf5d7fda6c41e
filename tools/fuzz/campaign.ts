// SPDX-License-Identifier: Apache-2.0
/** Runs one target over many inputs and says what went wrong, so that it can be made again. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { hex, utf8 } from '@openhmp/protocol/base'
import { Mutator } from './mutator.ts'
import { type FuzzTarget, isExpected } from './target.ts'

/** An input that takes longer, measured again, hangs somebody's connection. */
const MAX_INPUT_MS = 250
/** Memory that may stay after all runs. */
const MAX_GROWTH_BYTES = 16 * 1024 * 1024
/** Enough to see what is wrong. */
const MAX_FAILURES = 5
const DEFAULT_MAX_BYTES = 1024
const PROGRESS_RUNS = 4096

/** One input that broke a rule. */
interface Failure {
  readonly run: number
  readonly what: string
  readonly inputHex: string
}

/** What came of a campaign. */
export interface CampaignResult {
  readonly runs: number
  readonly ms: number
  readonly refused: number
  readonly slowestMs: number
  readonly growthBytes: number
  readonly failures: readonly Failure[]
}

/** Which inputs. */
export interface CampaignOptions {
  readonly seed: number
  readonly firstRun?: number
  readonly runs: number
  /** Called now and then with the run under way. */
  readonly onProgress?: (run: number) => void
}

/** Synchronous but for targets that answer with a promise. */
export const campaign = async (target: FuzzTarget, options: CampaignOptions): Promise<CampaignResult> => {
  const { seed, firstRun = 0, runs, onProgress } = options
  const mutator = new Mutator({
    seeds: target.seeds,
    tokens: (target.tokens ?? []).map(utf8),
    maxBytes: target.maxBytes ?? DEFAULT_MAX_BYTES,
    seed,
  })
  const failures: Failure[] = []
  const started = performance.now()
  let refused = 0
  let slowestMs = 0
  let heapBefore = 0
  const warmRuns = Math.min(1 + runs / 10, 10_000)
  const fail = (run: number, what: string): void => {
    if (failures.some((known) => known.what === what)) return
    failures.push({ run, what, inputHex: hex(mutator.input(run)) })
  }
  const end = firstRun + runs
  let at = performance.now()
  for (let run = firstRun; run < end && failures.length < MAX_FAILURES; run++) {
    if (run - firstRun === Math.floor(warmRuns)) heapBefore = heapBytes()
    if (run % PROGRESS_RUNS === 0) onProgress?.(run)
    const input = mutator.input(run)
    const before = run % 32 === 0 ? input.slice() : undefined
    try {
      const later = target.run(input)
      if (later !== undefined) await later
    } catch (error) {
      if (isExpected(error)) refused++
      else fail(run, await described(target, mutator.input(run), error))
    }
    const now = performance.now()
    const ms = now - at
    at = now
    if (ms > slowestMs) slowestMs = ms
    if (before && !same(before, input)) fail(run, 'alters its input')
    if (before && !same(before, mutator.input(run))) fail(run, 'cannot be repeated')
    if (ms > MAX_INPUT_MS && (await isSlowAgain(target, mutator.input(run)))) fail(run, `takes over ${MAX_INPUT_MS} ms`)
  }
  const growthBytes = heapBefore === 0 ? 0 : heapBytes() - heapBefore
  if (growthBytes > MAX_GROWTH_BYTES) fail(firstRun, `keeps ${Math.round(growthBytes / 1024)} KiB`)
  return { runs, ms: performance.now() - started, refused, slowestMs, growthBytes, failures }
}

/** The garbage collector, or another process, may have been what took so long. */
const isSlowAgain = async (target: FuzzTarget, input: Uint8Array): Promise<boolean> => {
  for (let tries = 0; tries < 3; tries++) {
    const at = performance.now()
    try {
      await target.run(input)
    } catch {
      // told already
    }
    if (performance.now() - at <= MAX_INPUT_MS) return false
  }
  return true
}

/** Says where, by doing it again: stacks are not kept while running, they cost more than most inputs do. */
const described = async (target: FuzzTarget, input: Uint8Array, first: unknown): Promise<string> => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 3
  let error = first
  try {
    await target.run(input)
  } catch (again) {
    error = again
  }
  Error.stackTraceLimit = limit
  if (!(error instanceof Error)) return `throws ${String(error)}`
  const places = [...(error.stack ?? '').matchAll(/\n\s+at (.*)/g)].map((found) => found[1])
  return `throws ${error.name}: ${error.message.slice(0, 200)} at ${places.join(', ')}`
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is held, once the garbage is gone. */
const heapBytes = (): number => {
  // Array buffers are given back beside the program: a collection waits for what the one before has freed.
  for (let i = 0; i < 3; i++) collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

// SPDX-License-Identifier: Apache-2.0
/** Every parser against mutated inputs, the same ones every time: a value or a WireError, no hang, no growth. */
import { afterAll, describe, expect, it } from 'vitest'
import { Mutator } from './mutator.ts'
import { type SupervisedResult, supervise } from './supervise.ts'
import { targets } from './targets.ts'

/** For all targets together, on one core. */
const MAX_CPU_MS = 60_000

describe('mutated inputs', () => {
  let cpuMs = 0
  afterAll(() => {
    expect(cpuMs).toBeLessThan(MAX_CPU_MS)
  })

  it.each(targets.map(({ name, testRuns }) => [name, testRuns] as const))(
    '%s: %i runs',
    { timeout: 120_000 },
    async (target, runs) => {
      const result: SupervisedResult = await supervise({ target, seed: 1, firstRun: 0, runs })
      cpuMs += result.cpuMs
      expect(result.failures).toEqual([])
      expect(result.runs).toBe(runs)
    },
  )
})

describe('the mutator', () => {
  const seeds = [new Uint8Array(40).fill(1), new Uint8Array(10).fill(2)]
  const made = (seed: number) => new Mutator({ seeds, tokens: [Uint8Array.of(9, 9)], maxBytes: 50, seed })

  it('makes the same input of the same seed and run, whatever came before', () => {
    const [a, b] = [made(7), made(7)]
    for (let run = 0; run < 1000; run++) a.input(run)
    for (const run of [0, 1, 999]) expect(a.input(run)).toEqual(b.input(run))
    expect(made(8).input(1)).not.toEqual(b.input(1))
  })

  it('changes most inputs, none beyond the limit', () => {
    const mutator = made(1)
    const all = new Set<string>()
    for (let run = 0; run < 10_000; run++) {
      const input = mutator.input(run)
      expect(input.length).toBeLessThanOrEqual(50)
      all.add(input.join())
    }
    expect(all.size).toBeGreaterThan(7000)
  })
})

// SPDX-License-Identifier: Apache-2.0
/** The fuzzer itself: it must see what it is there for. */
import { WireError } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import { campaign } from './campaign.ts'
import type { FuzzTarget } from './target.ts'

const target = (run: FuzzTarget['run']): FuzzTarget => ({ name: 'x', testRuns: 1, seeds: [new Uint8Array(20)], run })
const found = async (run: FuzzTarget['run'], runs = 2000) =>
  (await campaign(target(run), { seed: 1, runs })).failures.map(({ what }) => what)

describe('a campaign', () => {
  it('is content with values and WireErrors, and counts these', async () => {
    const result = await campaign(
      target((input) => {
        if (input.length < 10) throw new WireError('x.short', 'too short')
      }),
      { seed: 1, runs: 2000 },
    )
    expect(result.failures).toEqual([])
    expect(result.refused).toBeGreaterThan(100)
  })

  it('finds any other error, thrown or rejected, once, with an input that makes it again', async () => {
    const broken = (input: Uint8Array) => {
      if (input[3] === 255) throw new TypeError('not foreseen')
    }
    const result = await campaign(target(broken), { seed: 1, runs: 2000 })
    expect(result.failures).toHaveLength(1)
    const { run, what } = result.failures[0]!
    expect(what).toMatch(/TypeError: not foreseen at /)
    expect((await campaign(target(broken), { seed: 1, firstRun: run, runs: 1 })).failures).toHaveLength(1)
    expect(await found(() => Promise.reject(new RangeError('later')))).toHaveLength(1)
  })

  it('finds an altered input', async () => {
    expect(await found((input) => void input.fill(7))).toEqual(['alters its input'])
  })

  it('finds what is kept', async () => {
    const kept: Uint8Array[] = []
    const [what] = await found(() => void kept.push(new Uint8Array(16 * 1024)))
    expect(what).toMatch(/^keeps \d+ KiB$/)
  })

  it('finds what takes long', async () => {
    const slow = (input: Uint8Array) => {
      const until = performance.now() + (input.length > 0 ? 260 : 0)
      while (performance.now() < until) {
        // as a parser that goes round in circles
      }
    }
    expect(await found(slow, 1)).toEqual(['takes over 250 ms'])
  })
})

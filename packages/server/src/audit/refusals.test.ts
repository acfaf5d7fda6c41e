// SPDX-License-Identifier: Apache-2.0
/** Refusals: the first at once, the rest counted, and never many rows. */
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import type { Deed } from './audit.ts'
import { MAX_ROWS_A_MINUTE, Refusals, type Refused } from './refusals.ts'

const one: Refused = { who: 'Eve', source: '192.0.2.9', route: 'GET /people', object: null, code: 'forbidden' }
const world = () => {
  const rows: Deed[] = []
  const clock = new VirtualClock()
  const onError = (error: unknown) => {
    throw error
  }
  const refusals = new Refusals({ clock, audit: { record: async (deed) => void rows.push(deed) }, onError })
  const counts = () => rows.map(({ who, detail }) => `${who} ${detail?.['count'] ?? 1}`)
  return { rows, clock, refusals, counts }
}

describe('refusals', () => {
  it('are on record: the first at once, then one row a minute with their number', async () => {
    const { rows, clock, refusals, counts } = world()
    refusals.note(one)
    expect(rows).toEqual([
      {
        ...{ who: 'Eve', source: '192.0.2.9', action: 'access.refused', object: null, outcome: 'refused' },
        detail: { route: 'GET /people', code: 'forbidden' },
      },
    ])
    for (let i = 0; i < 500; i++) refusals.note(one)
    expect(rows).toHaveLength(1)
    await clock.advance(60_000)
    expect(counts()).toEqual(['Eve 1', 'Eve 500'])
    await clock.advance(60_000)
    refusals.note(one) // a minute of quiet: it is the first again
    expect(counts()).toEqual(['Eve 1', 'Eve 500', 'Eve 1'])
    await refusals[Symbol.asyncDispose]()
  })

  it('name what was wanted, while it is one thing', async () => {
    const { rows, clock, refusals } = world()
    for (const object of ['a', 'b', 'b']) refusals.note({ ...one, object })
    await clock.advance(60_000)
    for (const object of ['c', 'd']) refusals.note({ ...one, object })
    await clock.advance(60_000)
    expect(rows.map(({ object }) => object)).toEqual(['a', 'b', null])
    await refusals[Symbol.asyncDispose]()
  })

  it('are told apart by person, route and answer; of strangers, by address', async () => {
    const { counts, refusals } = world()
    for (const other of [one, { ...one, who: 'Ben' }, { ...one, route: 'GET /audit' }, { ...one, code: 'x' }])
      for (const source of ['192.0.2.1', '192.0.2.2']) refusals.note({ ...other, source })
    for (const source of ['192.0.2.1', '192.0.2.2']) refusals.note({ ...one, who: '', source })
    expect(counts()).toHaveLength(6)
    await refusals[Symbol.asyncDispose]()
  })

  it('of a flood are few rows, none is forgotten in the sum, and what is kept is bounded', async () => {
    const { rows, clock, refusals } = world()
    const sum = () => rows.reduce((all, { detail }) => all + Number(detail?.['count'] ?? 1), 0)
    for (let minute = 0; minute < 40; minute++) {
      for (let i = 0; i < 2000; i++) refusals.note({ ...one, who: '', source: `${minute} ${i}` })
      expect(rows.length).toBeLessThanOrEqual((minute + 1) * (MAX_ROWS_A_MINUTE + 1))
      expect(refusals.kinds).toBe(MAX_ROWS_A_MINUTE)
      await clock.advance(60_000)
    }
    expect(sum()).toBe(80_000)
    await refusals[Symbol.asyncDispose]()
  })

  it('that have not been written are when the server stops', async () => {
    const { counts, refusals } = world()
    for (let i = 0; i < 3; i++) refusals.note(one)
    await refusals[Symbol.asyncDispose]()
    expect(counts()).toEqual(['Eve 1', 'Eve 2'])
  })
})

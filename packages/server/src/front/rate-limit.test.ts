// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { ADDRESS_BURST, MAX_SOURCES, NETWORK_BURST, RateLimit } from './rate-limit.ts'

const world = () => {
  let nowMs = 0
  const limit = new RateLimit(() => nowMs)
  const takes = (address: string, count: number) => {
    let taken = 0
    for (let i = 0; i < count; i++) if (limit.take(address) === 0) taken++
    return taken
  }
  return { limit, takes, pass: (ms: number) => (nowMs += ms) }
}

describe('calls of what is public', () => {
  it('are so many at once from an address, then five a second', () => {
    const { limit, takes, pass } = world()
    expect(takes('192.0.2.1', 1000)).toBe(ADDRESS_BURST)
    expect(limit.take('192.0.2.1')).toBe(1)
    expect(limit.take('192.0.2.2')).toBe(0)
    pass(10_000)
    expect(takes('192.0.2.1', 1000)).toBe(50)
    pass(3_600_000)
    expect(takes('192.0.2.1', 1000)).toBe(ADDRESS_BURST)
  })

  it.each([
    ['IPv4', (i: number) => `192.0.2.${i % 250}`, '198.51.100.1'],
    ['IPv4 in IPv6', (i: number) => `::ffff:192.0.2.${i % 250}`, '::ffff:198.51.100.1'],
    ['IPv6, where one holder has 2^64', (i: number) => `2001:db8::${i.toString(16)}`, '2001:db8:0:1::1'],
  ])('are so many at once from a network: %s', (_, addressOf, elsewhere) => {
    const { limit, takes } = world()
    let taken = 0
    for (let i = 0; i < 5000; i++) taken += takes(addressOf(i), 1)
    expect(taken).toBe(NETWORK_BURST)
    expect(limit.take(elsewhere)).toBe(0)
  })

  it('that are given back do not count', () => {
    const { limit, takes } = world()
    for (let i = 0; i < 2 * NETWORK_BURST; i++) {
      expect(limit.take('192.0.2.1')).toBe(0)
      limit.giveBack('192.0.2.1')
    }
    expect(takes('192.0.2.1', 1000)).toBe(ADDRESS_BURST)
  })

  it('of ever new addresses are remembered up to a bound', () => {
    const { limit, takes } = world()
    for (let i = 0; i < MAX_SOURCES + 5000; i++) takes(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 1)
    expect(limit.sources).toBe(MAX_SOURCES)
  })
})

// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { FoundDevices, MAX_FOUND } from './found.ts'
import { addressesOf, MAX_RANGE } from './range.ts'

describe('a range of addresses', () => {
  it.each([
    ['192.0.2.7', ['192.0.2.7']],
    ['192.0.2.9-11', ['192.0.2.9', '192.0.2.10', '192.0.2.11']],
    ['192.0.2.255 - 192.0.3.1', ['192.0.2.255', '192.0.3.0', '192.0.3.1']],
    ['192.0.2.77/30', ['192.0.2.77', '192.0.2.78']],
    ['192.0.2.8/31', ['192.0.2.8', '192.0.2.9']],
    ['192.0.2.8/32', ['192.0.2.8']],
  ])('%s', (range, addresses) => expect(addressesOf(range)).toEqual(addresses))

  it('has limits', () => {
    expect(addressesOf('10.0.0.0/22')).toHaveLength(MAX_RANGE - 2)
    expect(() => addressesOf('10.0.0.0/8')).toThrow(expect.objectContaining({ code: 'range.large' }))
    for (const text of ['', 'x', '1.2.3', '1.2.3.4/33', '1.2.3.256', '1.2.3.9-5', '1.2.3.4-1.2.3.5-6', '1.2.3.4/'])
      expect(() => addressesOf(text), text).toThrow(expect.objectContaining({ code: 'range.form' }))
  })
})

describe('sightings', () => {
  const mac = '02:00:00:00:00:01'
  it('of one device are put together', () => {
    const found = new FoundDevices()
    const add = found.add.bind(found)
    expect(add({ method: 'range', address: '192.0.2.7', kind: 'rtsp', rtspPort: 554 })).toBeDefined()
    expect(
      add({ method: 'sadp', address: '192.0.2.7', kind: 'hikvision', macAddress: mac, model: 'A', httpPort: 80 }),
    ).toMatchObject({
      ...{ kind: 'hikvision', rtspPort: 554, model: 'A', methods: ['range', 'sadp'] },
    })
    // Nothing new, and a second opinion that changes nothing.
    expect(
      add({ method: 'sadp', address: '192.0.2.7', kind: 'hikvision', macAddress: mac, model: 'B' }),
    ).toBeUndefined()
    // The same hardware at another address of its.
    expect(
      add({ method: 'wsDiscovery', address: '192.0.2.8', kind: 'onvif', macAddress: mac, name: 'Gate' }),
    ).toMatchObject({
      ...{ address: '192.0.2.7', kind: 'hikvision', name: 'Gate' },
    })
    expect(found.all).toHaveLength(1)
    expect(add({ method: 'range', address: '192.0.2.7', kind: 'hikvision', httpPort: 8080 })).toBeDefined()
    expect(found.all).toHaveLength(2)
  })

  it('have a limit', () => {
    const found = new FoundDevices()
    for (let i = 0; i < MAX_FOUND + 3; i++) found.add({ method: 'sadp', address: `a${i}`, kind: 'unknown' })
    expect([found.all.length, found.dropped]).toEqual([MAX_FOUND, 3])
  })
})

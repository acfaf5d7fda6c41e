// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { checkRange, offeredRanges } from './network.ts'

describe('ranges that may be searched', () => {
  it.each([
    ['10.1.2.0/24', false],
    ['172.31.0.1-20', false],
    ['192.168.254.7', false],
    ['100.64.3.0/28', false],
    ['127.0.0.0/28', true],
  ])('takes %s', (range, allowLoopback) => {
    expect(() => checkRange(range, { allowLoopback })).not.toThrow()
  })

  it.each([
    ['8.8.8.0/24', 'range.foreign'],
    ['172.32.0.0/30', 'range.foreign'],
    ['192.168.255.250-192.169.0.5', 'range.foreign'],
    ['127.0.0.1', 'address.forbidden'],
    ['169.254.169.254', 'address.forbidden'],
    ['224.0.0.1', 'address.forbidden'],
    ['10.0.0.0/8', 'range.large'],
    ['10.0.0.9-10.0.0.1', 'range.form'],
    ['cameras', 'range.form'],
    ['', 'range.form'],
  ])('refuses %s', (range, code) => {
    expect(() => checkRange(range, { allowLoopback: false })).toThrow(expect.objectContaining({ code }))
  })

  it('offers the networks of this machine, of a large one the part around us', () => {
    const networks = [
      { address: '192.168.1.77', prefix: 24 },
      { address: '192.168.1.78', prefix: 24 },
      { address: '10.20.30.40', prefix: 8 },
      { address: '172.16.5.9', prefix: 22 },
      { address: '10.9.9.9', prefix: 32 },
    ]
    expect(offeredRanges(networks)).toEqual(['192.168.1.0/24', '10.20.30.0/24', '172.16.4.0/22'])
    for (const range of offeredRanges()) expect(range).toMatch(/^\d+\.\d+\.\d+\.\d+\/\d+$/)
  })
})

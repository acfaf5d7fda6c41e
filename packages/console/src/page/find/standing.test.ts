// SPDX-License-Identifier: Apache-2.0
import type { DeviceId, FoundDevice } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import { addressOf, inOrder, keyOf, portsOf, standingOf, wishFor } from './standing.ts'

const found = (more: Partial<FoundDevice> = {}): FoundDevice => ({
  ...{ methods: ['range'], address: '192.0.2.7', kind: 'hikvision', httpPort: 80, httpsPort: null, rtspPort: null },
  ...{ name: null, model: null, serialNumber: null, macAddress: null, firmwareVersion: null },
  ...{ isActivated: null, isDhcp: null, mask: null, gateway: null, known: null },
  ...more,
})
const known = 'a' as DeviceId

describe('a found device', () => {
  it.each([
    [{ known, isActivated: false }, 'known'],
    [{ isActivated: false }, 'not-activated'],
    [{ isActivated: null }, 'new'],
    [{ kind: 'onvif' }, 'other'],
    [{ kind: 'rtsp', httpPort: null, rtspPort: 554 }, 'other'],
  ] as const)('%o is %s', (more, standing) => {
    expect(standingOf(found(more))).toBe(standing)
  })

  it.each([
    [{}, '192.0.2.7'],
    [{ httpPort: 8080 }, '192.0.2.7:8080'],
    [{ httpPort: null, httpsPort: 443 }, 'https://192.0.2.7'],
    [{ httpPort: null, httpsPort: 8443 }, 'https://192.0.2.7:8443'],
    [{ address: '2001:db8::7', httpPort: 81 }, '[2001:db8::7]:81'],
  ] as const)('%o is written %s', (more, address) => {
    expect(addressOf(found(more))).toBe(address)
  })

  it('is asked for with the account, and the RTSP port it is known to have', () => {
    const account = { userName: 'admin', password: 'x' }
    expect(wishFor(found(), account)).toEqual({ kind: 'isapi', address: '192.0.2.7', ...account })
    expect(wishFor(found({ rtspPort: 554 }), account)).toMatchObject({ rtspPort: 554 })
  })

  it('stands before those that need nothing, and in the order of addresses', () => {
    const all = [
      found({ known }),
      found({ address: '192.0.2.10' }),
      found({ kind: 'onvif' }),
      found({ address: '192.0.2.9' }),
      found({ isActivated: false }),
    ]
    expect(inOrder(all, new Set()).map((one) => `${standingOf(one)} ${one.address}`)).toEqual([
      ...['new 192.0.2.9', 'new 192.0.2.10', 'not-activated 192.0.2.7', 'other 192.0.2.7', 'known 192.0.2.7'],
    ])
    const kept = new Set([keyOf(all[0]!)])
    expect(inOrder([found({ address: '192.0.2.8' }), all[0]!], kept).map(({ address }) => address)).toEqual([
      ...['192.0.2.7', '192.0.2.8'],
    ])
  })
})

describe('ports', () => {
  it.each([
    ['80', [80]],
    ['80, 8080;80 81', [80, 8080, 81]],
    ['', undefined],
    ['80,web', undefined],
    ['0', undefined],
    ['65536', undefined],
    ['1,2,3,4,5,6,7,8,9', undefined],
  ])('of %j', (text, ports) => {
    expect(portsOf(text)).toEqual(ports)
  })
})

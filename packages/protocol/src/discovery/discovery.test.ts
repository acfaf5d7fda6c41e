// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../base/errors.ts'
import {
  MAX_SADP_BYTES,
  plainMac,
  readSadpAnswer,
  readSadpInquiry,
  type SadpAnswer,
  sadpAnswer,
  sadpInquiry,
} from './sadp.ts'
import {
  MAX_WS_DISCOVERY_BYTES,
  readWsDiscoveryMatches,
  readWsDiscoveryProbe,
  scopeOf,
  wsDiscoveryMatches,
  wsDiscoveryProbe,
} from './ws-discovery.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const uuid = '13a888a9-f1b1-4020-ae9f-056077000001'
const answer: SadpAnswer = {
  ...{
    uuid: uuid.toUpperCase(),
    model: 'DS-2CD2146G2-ISU',
    serialNumber: 'DS-2CD2146G2-ISU20260916AAWR1',
    isDhcp: false,
  },
  ...{ macAddress: 'c0:56:e3:fe:42:92', address: '192.0.2.64', mask: '255.255.255.0', gateway: '192.0.2.1' },
  ...{ httpPort: 80, commandPort: 8000, firmwareVersion: 'V5.7.17 build 240613', isActivated: true },
  ...{ analogChannels: 0, digitalChannels: 1 },
}

describe('SADP', () => {
  it('asks and answers in turn', () => {
    expect(readSadpInquiry(bytes(sadpInquiry(uuid)))).toEqual({ uuid: uuid.toUpperCase() })
    expect(readSadpAnswer(bytes(sadpAnswer(answer)))).toEqual(answer)
    expect(readSadpAnswer(bytes(sadpInquiry(uuid)))).toBeUndefined()
    expect(readSadpInquiry(bytes(sadpAnswer(answer)))).toBeUndefined()
  })

  it.each<[string, string, Partial<SadpAnswer>]>([
    ['an old one without activation', '<MAC>C0-56-E3-00-00-01</MAC>', { isActivated: undefined, macAddress: 'c0:56:e3:00:00:01' }],
    ['one that was never activated', '<Activated>false</Activated>', { isActivated: false }],
    ['a slip of the pen', '<DHCP>flase</DHCP>', { isDhcp: false }],
    ['a build without a space', '<SoftwareVersion>V5.2.5build 141201</SoftwareVersion>', { firmwareVersion: 'V5.2.5 build 141201' }],
    ['nonsense for address, port and MAC', '<IPv4Address>1.2.3.999</IPv4Address><HttpPort>0</HttpPort><MAC>x</MAC>', { address: undefined, httpPort: undefined, macAddress: undefined }],
    ['a name without end', `<DeviceDescription>${'x'.repeat(9000)}</DeviceDescription>`, { model: 'x'.repeat(100) }],
  ])('reads %s', (_, inside, expected) => {
    expect(readSadpAnswer(bytes(`<?xml version="1.0"?><ProbeMatch>${inside}</ProbeMatch>`))).toMatchObject(expected)
  }) // biome-ignore format: a table

  it('knows hardware addresses in any form', () => {
    for (const text of ['C0-56-E3-FE-42-92', 'c056e3fe4292', 'c0:56:e3:fe:42:92', 'C056.E3FE.4292'])
      expect(plainMac(text)).toBe('c0:56:e3:fe:42:92')
    expect([plainMac(undefined), plainMac('c0-56')]).toEqual([undefined, undefined])
  })
})

describe('WS-Discovery', () => {
  const match = {
    endpoint: `urn:uuid:${uuid}`,
    types: ['dn:NetworkVideoTransmitter'],
    scopes: ['onvif://www.onvif.org/name/Front%20door', 'onvif://www.onvif.org/hardware/DS-2CD2146G2-ISU'],
    addresses: ['http://192.0.2.64/onvif/device_service'],
  }

  it('asks and answers in turn', () => {
    expect(readWsDiscoveryProbe(bytes(wsDiscoveryProbe(uuid)))).toEqual({ messageId: `uuid:${uuid}` })
    const told = readWsDiscoveryMatches(bytes(wsDiscoveryMatches(uuid, 'uuid:1', match)))
    expect(told).toEqual({ relatesTo: 'uuid:1', matches: [match] })
    expect(readWsDiscoveryMatches(bytes(wsDiscoveryProbe(uuid)))).toBeUndefined()
  })

  it('is not asked for printers, and answers who asks for everybody', () => {
    const ask = (types: string) => wsDiscoveryProbe(uuid).replace('dn:NetworkVideoTransmitter', types)
    expect(readWsDiscoveryProbe(bytes(ask('wprt:PrintDeviceType')))).toBeUndefined()
    expect(readWsDiscoveryProbe(bytes(ask('')))).toBeDefined()
    expect(readWsDiscoveryProbe(bytes(ask('tds:Device')))).toBeDefined()
  })

  it('reads scopes', () => {
    expect(scopeOf(match.scopes, 'name')).toBe('Front door')
    expect(scopeOf(['onvif://www.onvif.org/name/100%'], 'name')).toBe('100%')
    expect(scopeOf(match.scopes, 'MAC')).toBeUndefined()
  })
})

const readers = { readSadpAnswer, readSadpInquiry, readWsDiscoveryMatches, readWsDiscoveryProbe }
const seeds = [sadpInquiry(uuid), sadpAnswer(answer), wsDiscoveryProbe(uuid)]

describe.each(Object.entries(readers))('%s', (_, read) => {
  it('gives a value or a typed error for any bytes', () => {
    const cut = fc.tuple(fc.constantFrom(...seeds), fc.nat(2000)).map(([text, at]) => bytes(text.slice(0, at)))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), cut), (input) => {
        try {
          read(input)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })

  it('refuses what is too long', () => {
    const most = Math.max(MAX_SADP_BYTES, MAX_WS_DISCOVERY_BYTES)
    expect(() => read(new Uint8Array(most + 1))).toThrow(/longer than/)
  })
})

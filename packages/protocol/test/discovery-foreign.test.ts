// SPDX-License-Identifier: Apache-2.0
/** The datagrams of a search before a foreign reader: well formed, with every prefix bound. */
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { sadpAnswer, sadpInquiry, wsDiscoveryMatches, wsDiscoveryProbe } from '../src/discovery/index.ts'

const uuid = '9a1b2c3d-0000-4000-8000-00005e005301'
const datagrams = {
  'SADP inquiry': sadpInquiry(uuid),
  'SADP answer': sadpAnswer({
    ...{ uuid, model: 'A & B <1>', serialNumber: '"X"1', macAddress: '00:00:5e:00:53:01', address: '192.0.2.64' },
    ...{ mask: '255.255.255.0', gateway: undefined, isDhcp: false, httpPort: 80, commandPort: 8000 },
    ...{ firmwareVersion: 'V5.7.1 build 240101', isActivated: false, analogChannels: 0, digitalChannels: 1 },
  }),
  'WS-Discovery Probe': wsDiscoveryProbe(uuid),
  'WS-Discovery ProbeMatches': wsDiscoveryMatches(uuid, `uuid:${uuid}`, {
    endpoint: `urn:uuid:${uuid}`,
    types: ['dn:NetworkVideoTransmitter'],
    scopes: ['onvif://www.onvif.org/name/Gate%20&%20yard', 'onvif://www.onvif.org/hardware/X-1'],
    addresses: ['http://192.0.2.64/onvif/device_service?a=1&b=2'],
  }),
}

it.runIf(needs('xmllint')).each(Object.entries(datagrams))('xmllint has nothing against a %s', (_, text) => {
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '-'], { input: text, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})

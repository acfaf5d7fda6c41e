// SPDX-License-Identifier: Apache-2.0
import { Device } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import { arrange, type DeviceView } from './device-order.ts'

const device = (name: string, state: Device['state']['state'], since: string, address: string): Device =>
  Device.parse({
    id: crypto.randomUUID(),
    name,
    kind: 'isapi',
    address,
    userName: 'admin',
    state: { state, since, cause: null },
    model: null,
    serialNumber: null,
    firmwareVersion: null,
    deviceType: null,
    macAddress: null,
    channels: [{ id: 1, name: 'Yard', streams: [] }],
    addedAt: since,
    health: null,
    isDemo: false,
    site: null,
    tags: [],
    group: null,
  })
const devices = [
  device('Gate 10', 'online', '2026-01-01T00:00:00Z', '10.0.0.10'),
  device('Gate 2', 'unreachable', '2026-01-03T00:00:00Z', '10.0.0.9'),
  device('Annex', 'refused', '2026-01-02T00:00:00Z', '10.0.0.11'),
]
const view: DeviceView = { wanted: '', state: undefined, by: 'name', isDescending: false }
const names = (change: Partial<DeviceView>) => arrange(devices, { ...view, ...change }, 'en').map((row) => row.name)

describe('the list of devices', () => {
  it('sorts names as people do', () => expect(names({})).toEqual(['Annex', 'Gate 2', 'Gate 10']))
  it('turns round', () => expect(names({ isDescending: true })).toEqual(['Gate 10', 'Gate 2', 'Annex']))
  it('puts trouble first', () => expect(names({ by: 'state' })).toEqual(['Annex', 'Gate 2', 'Gate 10']))
  it('puts the newest change first', () => expect(names({ by: 'since' })).toEqual(['Gate 2', 'Annex', 'Gate 10']))
  it('sorts addresses by number', () => expect(names({ by: 'address' })).toEqual(['Gate 2', 'Gate 10', 'Annex']))
  it('finds by name, address and channel', () => {
    expect(names({ wanted: 'ANN' })).toEqual(['Annex'])
    expect(names({ wanted: '0.0.9' })).toEqual(['Gate 2'])
    expect(names({ wanted: 'yard' })).toHaveLength(3)
  })
  it('shows one state alone', () => expect(names({ state: 'online' })).toEqual(['Gate 10']))
})

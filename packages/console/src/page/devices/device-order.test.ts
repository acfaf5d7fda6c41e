// SPDX-License-Identifier: Apache-2.0
import { Device } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import { readColumns, usualColumns, writeColumns } from './columns.ts'
import { arrange, choicesOf, type DeviceView } from './device-order.ts'

const device = (
  name: string,
  state: Device['state']['state'],
  since: string,
  more: Partial<Pick<Device, 'address' | 'site' | 'tags' | 'model'>>,
): Device =>
  Device.parse({
    id: crypto.randomUUID(),
    name,
    kind: 'isapi',
    address: '10.0.0.1',
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
    ...more,
  })
const devices = [
  device('Gate 10', 'online', '2026-01-01T00:00:00Z', {
    address: '10.0.0.10',
    site: 'Harbour',
    tags: ['gate', 'night'],
  }),
  device('Gate 2', 'unreachable', '2026-01-03T00:00:00Z', { address: '10.0.0.9', site: 'Harbour', tags: ['gate'] }),
  device('Annex', 'refused', '2026-01-02T00:00:00Z', { address: '10.0.0.11', model: 'C-1' }),
]
const view: DeviceView = { wanted: '', filters: {}, by: 'name', isDescending: false }
const names = (change: Partial<DeviceView>, before?: Device[]) =>
  arrange(devices, { ...view, ...change }, 'en', before).map((row) => row.name)

describe('the list of devices', () => {
  it('sorts names as people do', () => expect(names({})).toEqual(['Annex', 'Gate 2', 'Gate 10']))
  it('turns round', () => expect(names({ isDescending: true })).toEqual(['Gate 10', 'Gate 2', 'Annex']))
  it('puts trouble first', () => expect(names({ by: 'state' })).toEqual(['Annex', 'Gate 2', 'Gate 10']))
  it('puts the newest change first', () => expect(names({ by: 'since' })).toEqual(['Gate 2', 'Annex', 'Gate 10']))
  it('sorts addresses by number', () => expect(names({ by: 'address' })).toEqual(['Gate 2', 'Gate 10', 'Annex']))
  it('puts what has no value last, either way round', () => {
    expect(names({ by: 'site' })).toEqual(['Gate 2', 'Gate 10', 'Annex'])
    expect(names({ by: 'site', isDescending: true })).toEqual(['Gate 2', 'Gate 10', 'Annex'])
  })
  it('gives the same order whatever it was before', () => {
    expect(names({}, [devices[0]!, devices[1]!])).toEqual(names({}))
    expect(names({}, [{ ...devices[1]!, name: 'as it was' }, devices[2]!])).toEqual(names({}))
  })
  it('finds by name, address, tag and channel, every word of what is wanted', () => {
    expect(names({ wanted: 'ANN' })).toEqual(['Annex'])
    expect(names({ wanted: '0.0.9' })).toEqual(['Gate 2'])
    expect(names({ wanted: 'night' })).toEqual(['Gate 10'])
    expect(names({ wanted: 'harbour 0.9' })).toEqual(['Gate 2'])
    expect(names({ wanted: 'yard' })).toHaveLength(3)
  })
  it('is narrowed by several values of one kind, and by several kinds', () => {
    expect(names({ filters: { state: ['online', 'refused'] } })).toEqual(['Annex', 'Gate 10'])
    expect(names({ filters: { state: ['online', 'refused'], site: ['Harbour'] } })).toEqual(['Gate 10'])
    expect(names({ filters: { site: ['-'] } })).toEqual(['Annex'])
    expect(names({ filters: { tag: [] } })).toHaveLength(3)
  })
})

describe('what can be chosen', () => {
  it('counts what would be shown, with the other filters as they are', () => {
    const choices = choicesOf(devices, { wanted: '', filters: { site: ['Harbour'] } })
    expect(choices.site).toEqual([
      { value: 'Harbour', count: 2 },
      { value: '-', count: 1 },
    ])
    expect(choices.tag).toEqual([
      { value: 'gate', count: 2 },
      { value: 'night', count: 1 },
      { value: '-', count: 0 },
    ])
    expect(choices.state.map(({ value }) => value)).toEqual(['refused', 'unreachable', 'online'])
  })
  it('keeps what is chosen in sight', () => {
    expect(choicesOf(devices, { wanted: 'annex', filters: { model: ['gone'] } }).model).toContainEqual({
      value: 'gone',
      count: 0,
    })
  })
})

describe('columns in the address', () => {
  it('says nothing of the usual ones, and comes back as it was', () => {
    expect(writeColumns(usualColumns)).toBeUndefined()
    expect(readColumns(undefined)).toBe(usualColumns)
    expect(readColumns('mac,odd,state')).toEqual(['name', 'state', 'mac'])
    expect(readColumns(writeColumns(['name', 'mac']))).toEqual(['name', 'mac'])
  })
})

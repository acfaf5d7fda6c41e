// SPDX-License-Identifier: Apache-2.0
import { Device } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import type { KnownDevice } from './device-row.ts'
import { ShownTexts, shown } from './shown.ts'

const stream = { id: 101, profile: 'main', codec: 'h264', width: 1920, height: 1080, frameRate: 25 } as const
const known: KnownDevice = {
  ...{ id: '6f6f6f6f-1111-4222-8333-444444444444', name: 'Gate', kind: 'hmp', address: 'gate', userName: null },
  ...{ secret: undefined, options: {}, epoch: 0, isDemo: false, addedAt: 0, site: null, tags: ['a'], group: null },
  information: {
    ...{ model: 'C', serialNumber: '1', firmwareVersion: 'V5', deviceType: 'IPCamera', macAddress: '', name: 'Gate' },
    channels: [{ id: 1, name: 'Yard', streams: [{ ...stream, bitrateKbps: 4096, audioCodec: null }] }],
  },
}
const held = { known, state: { state: 'online' as const, since: new Date(0).toISOString(), cause: null }, health: null }

describe('devices as JSON', () => {
  const texts = new ShownTexts()
  const read = (key: object, of: typeof held, streams: 'all' | 'none') =>
    Device.parse(JSON.parse(texts.of(key, of, streams)))

  it('is what the API shows', () => expect(read(held, held, 'all')).toEqual(shown(held)))
  it('leaves streams out where they are not wanted, and names the channels still', () => {
    expect(read(held, held, 'none').channels).toEqual([{ id: 1, name: 'Yard', streams: [] }])
  })
  it('follows every change, and is kept as long as there is none', () => {
    const key = {}
    const first = texts.of(key, held, 'none')
    expect(texts.of(key, { ...held }, 'none')).toBe(first)
    expect(read(key, { ...held, known: { ...known, name: 'Yard' } }, 'none').name).toBe('Yard')
    expect(read(key, { ...held, state: { ...held.state, state: 'online' } }, 'none').name).toBe('Gate')
  })
})

// SPDX-License-Identifier: Apache-2.0
import type { DeviceEvent } from '@openhmp/protocol/event'
import { describe, expect, it } from 'vitest'
import { MAX_OCCURRENCES, Occurrences } from './occurrences.ts'

const alert = (state: 'active' | 'inactive', more: Partial<DeviceEvent> = {}): DeviceEvent => ({
  kind: 'motion',
  type: 'VMD',
  state,
  isHeartbeat: false,
  channel: 1,
  targets: [],
  pictures: 0,
  isRetransmission: false,
  ...more,
})

describe('alerts to events', () => {
  it('tells an occurrence once when it begins and once when it ends, under one id', () => {
    const occurrences = new Occurrences('192.0.2.7:80')
    const first = occurrences.take(alert('active', { timeMs: 5000 }), 1)
    expect(first).toMatchObject({
      time: '1970-01-01T00:00:05.000Z',
      device: '192.0.2.7:80',
      channel: 1,
      state: 'active',
    })
    expect(occurrences.take(alert('active'), 2)).toBeUndefined()
    expect(occurrences.take(alert('active', { channel: 2 }), 2)?.id).not.toBe(first?.id)
    expect(occurrences.take(alert('inactive'), 3)).toMatchObject({ id: first?.id, state: 'inactive' })
    expect(occurrences.take(alert('inactive'), 4)).toBeUndefined()
    expect(occurrences.take(alert('active'), 5)?.id).not.toBe(first?.id)
  })

  it('says unknown, never clear, when the stream was lost', () => {
    const occurrences = new Occurrences('x')
    const first = occurrences.take(alert('active'), 1)
    expect(occurrences.lose(alert('active'), 2)).toMatchObject({ id: first?.id, state: 'unknown' })
    expect(occurrences.lose(alert('active'), 3)).toBeUndefined()
  })

  it('leaves heartbeats out', () => {
    expect(new Occurrences('x').take(alert('active', { isHeartbeat: true }), 1)).toBeUndefined()
  })

  it(`follows no more than ${MAX_OCCURRENCES}: the oldest is forgotten`, () => {
    const occurrences = new Occurrences('x')
    for (let channel = 0; channel <= MAX_OCCURRENCES; channel++) occurrences.take(alert('active', { channel }), 1)
    expect(occurrences.take(alert('inactive', { channel: 0 }), 2)).toBeUndefined()
    expect(occurrences.take(alert('inactive', { channel: 1 }), 2)).toBeDefined()
  })
})

// SPDX-License-Identifier: Apache-2.0
import type { DeviceEvent } from '@openhmp/protocol/event'
import { describe, expect, it } from 'vitest'
import { GoingOn, MAX_GOING_ON, MAX_SILENCE_MS } from './going-on.ts'

const event = (more: Partial<DeviceEvent> = {}): DeviceEvent => ({
  kind: 'motion',
  type: 'VMD',
  state: 'active',
  isHeartbeat: false,
  channel: 1,
  targets: [],
  pictures: 0,
  isRetransmission: false,
  ...more,
})

describe('GoingOn', () => {
  it('keeps events apart by type, channel and input, and type by any case', () => {
    const going = new GoingOn()
    for (const one of [event(), event({ type: 'vmd' }), event({ channel: 2 }), event({ input: 1 })]) going.take(one, 0)
    expect(going.size).toBe(3)
    going.take(event({ state: 'inactive' }), 1)
    expect(going.lose().length).toBe(2)
    expect(going.size).toBe(0)
  })

  it('says when it has something to do', () => {
    const going = new GoingOn()
    expect(going.nextMs()).toBeUndefined()
    going.take(event(), 1000)
    going.take(event(), 2000)
    expect(going.nextMs()).toBe(7000)
    expect(going.expire(6999)).toEqual([])
    expect(going.expire(7000)).toMatchObject([{ state: 'inactive', channel: 1 }])
  })

  it('learns a longer period at once and is never endless', () => {
    const going = new GoingOn()
    for (const atMs of [0, 1000, 2000, 12_000]) going.take(event(), atMs)
    expect(going.nextMs()).toBe(12_000 + 30_000)
    going.take(event(), 12_000 + MAX_SILENCE_MS)
    expect(going.nextMs()).toBe(12_000 + 2 * MAX_SILENCE_MS)
  })

  it('follows so many and no more', () => {
    const going = new GoingOn()
    for (let i = 0; i <= MAX_GOING_ON + 10; i++) going.take(event({ channel: i, type: `t${i}` }), i)
    expect(going.size).toBe(MAX_GOING_ON)
    expect(going.lose()[0]?.channel).toBe(11)
  })
})

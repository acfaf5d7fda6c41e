// SPDX-License-Identifier: Apache-2.0
import type { MediaUnit } from '@openhmp/protocol/rtp'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Hub, LINGER_MS } from './hub.ts'
import { MAX_GROUP_BYTES } from './kept-group.ts'
import type { Subscriber } from './live-stream.ts'
import type { SourceSink, StreamKey } from './source.ts'

const sdpOf = (name: string) => `v=0\r\ns=${name}\r\n`
const key: StreamKey = { device: 'd', channel: 1, profile: 'main' }
const unit = (timestamp: number, isKey = false, sizeBytes = 10): MediaUnit => ({
  kind: 'video',
  timestamp,
  isKey,
  isDamaged: false,
  payload: new Uint8Array(0),
  sizeBytes,
})

const world = () => {
  const sinks: SourceSink[] = []
  let stopped = 0
  const clock = new VirtualClock()
  const hub = new Hub({
    clock,
    open: (_, sink) => {
      sinks.push(sink)
      return { stop: async () => void stopped++ }
    },
  })
  const reader = () => {
    const got: (string | number)[] = []
    const subscriber: Subscriber = {
      onUnit: ({ timestamp }) => got.push(timestamp),
      onDescription: (sdp) => got.push(sdp),
    }
    return { got, subscriber }
  }
  return { hub, sinks, clock, reader, stopped: () => stopped }
}

describe('hub', () => {
  it('opens one upstream however many read', () => {
    const { hub, sinks, reader } = world()
    const [first, second] = [reader(), reader()]
    hub.watch(key, first.subscriber)
    hub.watch(key, second.subscriber)
    sinks[0]!.onDescription(sdpOf('x'))
    sinks[0]!.onUnit(unit(1, true))
    expect(sinks).toHaveLength(1)
    expect(first.got).toEqual([sdpOf('x'), 1])
    expect(second.got).toEqual([sdpOf('x'), 1])
  })

  it('gives a new reader the description and the group since the last key picture, in that call', () => {
    const { hub, sinks, reader } = world()
    hub.watch(key, reader().subscriber)
    sinks[0]!.onDescription(sdpOf('x'))
    for (const one of [unit(1), unit(2, true), unit(3), unit(4, true), unit(5)]) sinks[0]!.onUnit(one)
    const late = reader()
    hub.watch(key, late.subscriber)
    expect(late.got).toEqual([sdpOf('x'), 4, 5])
  })

  it('forgets a group that grows past its limit', () => {
    const { hub, sinks, reader } = world()
    const { stream } = hub.watch(key, reader().subscriber)
    sinks[0]!.onUnit(unit(1, true, MAX_GROUP_BYTES))
    expect(stream.keptBytes).toBe(MAX_GROUP_BYTES)
    sinks[0]!.onUnit(unit(2))
    expect(stream.keptBytes).toBe(0)
  })

  it('starts the group anew with a new description', () => {
    const { hub, sinks, reader } = world()
    hub.watch(key, reader().subscriber)
    sinks[0]!.onDescription(sdpOf('a'))
    sinks[0]!.onUnit(unit(1, true))
    sinks[0]!.onDescription(sdpOf('b'))
    const late = reader()
    hub.watch(key, late.subscriber)
    expect(late.got).toEqual([sdpOf('b')])
  })

  it('hands nothing to a reader that has left, and closes the upstream after the linger', async () => {
    const { hub, sinks, clock, reader, stopped } = world()
    const one = reader()
    const watch = hub.watch(key, one.subscriber)
    watch.end()
    sinks[0]!.onUnit(unit(1, true))
    expect(one.got).toEqual([])
    await clock.advance(LINGER_MS - 1)
    expect(stopped()).toBe(0)
    await clock.advance(1)
    expect(stopped()).toBe(1)
    expect(hub.streams).toEqual([])
  })

  it('keeps the upstream when somebody reads again in time', async () => {
    const { hub, clock, reader, stopped, sinks } = world()
    hub.watch(key, reader().subscriber).end()
    await clock.advance(LINGER_MS - 1)
    hub.watch(key, reader().subscriber)
    await clock.advance(LINGER_MS)
    expect(stopped()).toBe(0)
    expect(sinks).toHaveLength(1)
  })
})

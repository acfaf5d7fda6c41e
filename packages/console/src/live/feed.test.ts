// SPDX-License-Identifier: Apache-2.0
import { createPacketizer } from '@openhmp/protocol/payload'
import { frame4571, type MediaUnit } from '@openhmp/protocol/rtp'
import { describe, expect, it } from 'vitest'
import { Feed } from './feed.ts'
import type { Player, PlayerEvents } from './player.ts'

const SDP =
  'v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n' +
  'a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z00AH5WoFAFuQA==,aO48gA==\r\na=control:trackID=1\r\n'
const KEY = [Uint8Array.of(0x65, 0x88, 1, 2, 3)]
const DELTA = [Uint8Array.of(0x41, 0x9a, 4, 5, 6)]

/** A feed, what it played, and what it complained of. */
const setUp = () => {
  const packetizer = createPacketizer('h264', { payloadType: 96, ssrc: 1, sequence: 10, maxPacketBytes: 1400 })
  const played: string[] = []
  const told: string[] = []
  let timestamp = 0
  let player: PlayerEvents | undefined
  const feed = new Feed(
    {
      onPicture: () => {},
      onTrouble: (why) => told.push(why),
      onRefused: (codec) => told.push(`refused ${codec}`),
      onWantKey: () => told.push('want key'),
    },
    (_codec, events): Player => {
      player = events
      const push: Player['push'] = (unit) => played.push(unit.isKey ? 'key' : 'delta') > 0
      return { transport: 'webcodecs', decoded: 0, dropped: 0, decodeMs: 0, push, close: () => {} }
    },
  )
  const unit = (data: Uint8Array[], isDamaged = false): MediaUnit => {
    timestamp += 3600
    const payload = frame4571(packetizer.packetize({ data }, timestamp))
    return { kind: 'video', timestamp, isKey: data === KEY, isDamaged, payload, sizeBytes: payload.length }
  }
  return { feed, played, told, unit, fail: () => player?.onFault('decoder') }
}

describe('a feed', () => {
  it('begins at a key picture', () => {
    const { feed, played, unit } = setUp()
    feed.describe(SDP)
    for (const data of [DELTA, DELTA, KEY, DELTA]) feed.push(unit(data), 0)
    expect(played).toEqual(['key', 'delta'])
    expect(feed.framesDropped).toBe(2)
    expect(feed.unitsReceived).toBe(4)
  })
  it('shows nothing smeared: after damage it waits for the next key picture, and asks for it once', () => {
    const { feed, played, told, unit } = setUp()
    feed.describe(SDP)
    feed.push(unit(KEY), 0)
    feed.push(unit(DELTA, true), 0)
    for (const data of [DELTA, DELTA, KEY, DELTA]) feed.push(unit(data), 0)
    expect(played).toEqual(['key', 'key', 'delta'])
    expect(told).toEqual(['damaged', 'want key'])
  })
  it('makes a new decoder at the next key, and gives the codec up after three that failed at once', () => {
    const { feed, told, unit, fail } = setUp()
    feed.describe(SDP)
    for (let i = 0; i < 3; i++) {
      feed.push(unit(KEY), 0)
      fail()
    }
    expect(told).toEqual(['decoder', 'want key', 'decoder', 'want key', 'refused h264'])
  })
  it('names a codec that is not carried', () => {
    const { feed, told } = setUp()
    feed.describe(SDP.replace('H264', 'MP4V-ES').replace(/;sprop[^\r]*/, ''))
    expect(told).toEqual(['refused MP4V-ES'])
  })
  it('takes bytes of any kind without falling over', () => {
    const { feed, played } = setUp()
    feed.describe(SDP)
    const payload = Uint8Array.of(0, 200, 1, 2, 3)
    feed.push({ kind: 'video', timestamp: 0, isKey: true, isDamaged: false, payload, sizeBytes: 5 }, 0)
    expect(played).toEqual([])
  })
})

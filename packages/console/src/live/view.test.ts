// SPDX-License-Identifier: Apache-2.0
import { PeerError } from '@openhmp/protocol/base'
import { createPacketizer } from '@openhmp/protocol/payload'
import { frame4571, type MediaUnit } from '@openhmp/protocol/rtp'
import type { HmpSession, StreamRequest, StreamSink } from '@openhmp/protocol/session'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Ability } from './choose.ts'
import type { Player } from './player.ts'
import type { ViewStatus } from './status.ts'
import { STALL_MS, View } from './view.ts'

const sdp = (encoding: string) =>
  `v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 ${encoding}/90000\r\na=control:1\r\n`
const packetizer = createPacketizer('h264', { payloadType: 96, ssrc: 1, sequence: 1, maxPacketBytes: 1400 })
let timestamp = 0
const key = (): MediaUnit & { handle: number; shed: number; generation: number } => {
  timestamp += 3600
  const payload = frame4571(packetizer.packetize({ data: [Uint8Array.of(0x65, 0x88, 1)] }, timestamp))
  const sizeBytes = payload.length
  return {
    kind: 'video',
    timestamp,
    isKey: true,
    isDamaged: false,
    payload,
    sizeBytes,
    handle: 1,
    shed: 0,
    generation: 0,
  }
}

interface Opened {
  request: StreamRequest
  sink: StreamSink
  isClosed: boolean
}

/** A view on a session that answers as the test says, with a player that makes a picture of every unit. */
const setUp = (
  options: { hasSub?: boolean; refuse?: () => Error | undefined; encoding?: (profile?: string) => string } = {},
) => {
  const opened: Opened[] = []
  const said: ViewStatus[] = []
  const session = {
    openStream: (request: StreamRequest, sink: StreamSink) => {
      const refusal = options.refuse?.()
      if (refusal) return Promise.reject(refusal)
      const stream: Opened = { request, sink, isClosed: false }
      opened.push(stream)
      const close = () => {
        stream.isClosed = true
        return Promise.resolve()
      }
      return Promise.resolve({
        sdp: sdp(options.encoding?.(request.profile) ?? 'H264'),
        close,
        requestKey: () => Promise.resolve(),
      })
    },
  } as unknown as HmpSession
  const source: { session: HmpSession | undefined } = { session }
  const canvas = { width: 1, height: 1, getContext: () => ({ drawImage: () => {} }) } as unknown as OffscreenCanvas
  const ability: Ability = { h264: 'webcodecs', h265: 'none', mjpeg: 'image' }
  const target = { device: 'd', channel: 1, profile: 'sub' as const, hasSub: options.hasSub ?? true }
  const view = new View(target, canvas, source, ability, {
    onStatus: (status) => said.push(status),
    makePlayer: (_codec, events): Player => ({
      transport: 'webcodecs',
      decoded: 0,
      dropped: 0,
      decodeMs: 0,
      close: () => {},
      push: () => {
        events.onPicture({ source: { close: () => {} } as ImageBitmap, width: 4, height: 3 })
        return true
      },
    }),
  })
  return { view, opened, said, source, last: () => said.at(-1) }
}
const settle = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('requestAnimationFrame', (paint: () => void) => setTimeout(paint, 16))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('a view', () => {
  it('is live with the first picture', async () => {
    const { opened, last } = setUp()
    await settle()
    opened[0]?.sink.onUnit(key())
    expect(last()).toMatchObject({ phase: 'live', hasPicture: true, profile: 'sub', codec: 'h264' })
  })
  it('keeps the small picture until the large one is there, then lets it go', async () => {
    const { view, opened, last } = setUp()
    await settle()
    opened[0]?.sink.onUnit(key())
    view.setProfile('main')
    await settle()
    expect(opened.map((stream) => stream.isClosed)).toEqual([false, false])
    expect(last()).toMatchObject({ phase: 'live', profile: 'sub' })
    opened[1]?.sink.onUnit(key())
    expect(opened.map((stream) => stream.isClosed)).toEqual([true, false])
    expect(last()).toMatchObject({ phase: 'live', profile: 'main' })
  })
  it('says when the picture stands still, and when it moves again', async () => {
    const { view, opened, last } = setUp()
    await settle()
    opened[0]?.sink.onUnit(key())
    view.tick(performance.now() + STALL_MS + 1)
    expect(last()).toMatchObject({ phase: 'stalled', why: 'noUnits', hasPicture: true })
    expect(last()?.lastPictureAt).toBeDefined()
    opened[0]?.sink.onUnit(key())
    expect(last()).toMatchObject({ phase: 'live', lastPictureAt: undefined })
  })
  it('tries again after a refusal, with the server’s own words meanwhile', async () => {
    let refusal: Error | undefined = new PeerError('device.offline', 'not reached', { retry: 'later' })
    const { view, opened, last } = setUp({ refuse: () => refusal })
    await settle()
    expect(last()).toMatchObject({ phase: 'noSignal', code: 'device.offline', text: 'not reached' })
    refusal = undefined
    view.tick(performance.now() + 1000)
    await settle()
    opened[0]?.sink.onUnit(key())
    expect(last()).toMatchObject({ phase: 'live', text: undefined })
  })
  it('stays on the sub stream when the main one cannot be shown, and says so', async () => {
    const { view, opened, last } = setUp({ encoding: (profile) => (profile === 'main' ? 'H265' : 'H264') })
    await settle()
    opened[0]?.sink.onUnit(key())
    view.setProfile('main')
    await settle()
    expect(opened.map((stream) => stream.isClosed)).toEqual([false, true])
    expect(last()).toMatchObject({ phase: 'live', profile: 'sub', replaced: 'h265' })
    view.setProfile('main')
    await settle()
    expect(opened).toHaveLength(2)
  })
  it('names the codec when there is no other stream', async () => {
    const { last } = setUp({ hasSub: false, encoding: () => 'H265' })
    await settle()
    expect(last()).toMatchObject({ phase: 'unsupported', codec: 'h265' })
  })
  it('opens its stream anew when the session is back', async () => {
    const { view, opened, source, last } = setUp()
    const { session } = source
    await settle()
    opened[0]?.sink.onUnit(key())
    source.session = undefined
    view.lost()
    expect(last()).toMatchObject({ phase: 'stalled', why: 'socketLost' })
    view.tick(performance.now() + 60_000)
    expect(opened).toHaveLength(1)
    source.session = session
    view.nudge()
    await settle()
    opened[1]?.sink.onUnit(key())
    expect(last()).toMatchObject({ phase: 'live' })
  })
  it('is silent once closed', async () => {
    const { view, opened, said } = setUp()
    await settle()
    view.close()
    const before = said.length
    opened[0]?.sink.onUnit(key())
    view.tick(1e9)
    expect(said).toHaveLength(before)
    expect(opened[0]?.isClosed).toBe(true)
  })
})

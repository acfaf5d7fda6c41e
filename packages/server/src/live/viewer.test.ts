// SPDX-License-Identifier: Apache-2.0
import { Refusal } from '@openhmp/protocol/base'
import { HeaderMap } from '@openhmp/protocol/http'
import type { MediaUnit } from '@openhmp/protocol/rtp'
import { formatStreamSdp } from '@openhmp/protocol/sdp'
import type { HmpSession, IncomingRequest } from '@openhmp/protocol/session'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { Hub } from './hub.ts'
import type { SourceSink } from './source.ts'
import { MAX_VIEWER_STREAMS, Viewer } from './viewer.ts'

const video = (timestamp: number, isKey = false): MediaUnit => ({
  kind: 'video',
  timestamp,
  isKey,
  isDamaged: false,
  payload: new Uint8Array(0),
  sizeBytes: 1,
})
const sound: MediaUnit = { ...video(9, true), kind: 'audio' }
const both = formatStreamSdp([{ codec: 'h264' }, { codec: 'pcma' }])

const world = () => {
  const sent: string[] = []
  const seen: string[] = []
  const sinks: { name: string; sink: SourceSink }[] = []
  const rights = new Set(['1'])
  let last = 0
  const session = {
    allocateHandle: () => ++last,
    sendUnit: (handle: number, { kind, timestamp }: MediaUnit) => sent.push(`${handle} ${kind} ${timestamp}`),
    sendSdp: (handle: number) => sent.push(`${handle} sdp`),
    endStream: (handle: number, { code }: { code: string }) => sent.push(`${handle} end ${code}`),
  } as unknown as HmpSession
  const hub = new Hub({
    clock: new VirtualClock(),
    open: ({ device, channel, profile }, sink) => {
      if (device === 'removed') throw new Refusal('not-found', 'device.unknown', 'there is no such device')
      sinks.push({ name: `${device}/${channel}/${profile}`, sink })
      return { stop: async () => {} }
    },
  })
  const viewer = new Viewer(() => session, {
    hub,
    mayListen: () => true,
    mayWatch: (_, channel) => rights.has(String(channel)),
    devices: () => [],
    begin: (camera, kinds, stream) => {
      const name = `${camera.device}/${camera.channel}`
      seen.push(`${name} ${kinds.join('+')} ${stream}`)
      return {
        begun: Promise.resolve(),
        changed: (other) => seen.push(`${name} ${other}`),
        end: () => seen.push(`${name} end`),
      }
    },
    refused: (device, channel) => seen.push(`${device}/${channel} refused`),
  })
  const ask = async (method: string, target: string, body?: object, device?: string) => {
    const request = {
      type: 'management',
      method,
      target,
      headers: new HeaderMap(),
      body: new TextEncoder().encode(body ? JSON.stringify(body) : ''),
      signal: new AbortController().signal,
      ...(device === undefined ? {} : { device }),
    } as IncomingRequest
    const answer = await viewer.answer(request)
    return { status: answer.status, ...(answer.body ? JSON.parse(new TextDecoder().decode(answer.body)) : {}) }
  }
  const open = async (more: object = {}, device = 'd') => {
    const { length } = sinks
    const asked = ask('POST', '/HMP/streams', { channel: 1, kind: 'live', media: ['video'], ...more }, device)
    sinks[length]?.sink.onDescription(both) // a new upstream
    return asked
  }
  return { sent, seen, sinks, rights, hub, viewer, ask, open }
}

describe('a viewer', () => {
  it('gets the media that it wants, and no other', async () => {
    const { sent, sinks, open } = world()
    const opened = await open()
    expect(opened).toMatchObject({ status: 201, stream: 1, direction: 'send' })
    expect(opened.sdp).not.toContain('PCMA')
    const { sink } = sinks[0]!
    for (const unit of [video(1, true), sound, video(2)]) sink.onUnit(unit)
    expect(sent).toEqual(['1 video 1', '1 video 2'])
    await open({ media: ['audio'] })
    sink.onUnit(sound)
    expect(sent).toEqual(['1 video 1', '1 video 2', '2 audio 9'])
  })

  it('gets the kept group at once, and a notice when the description changes', async () => {
    const { sent, sinks, open } = world()
    await open()
    sinks[0]!.sink.onUnit(video(1, true))
    sinks[0]!.sink.onUnit(video(2))
    sent.length = 0
    await open()
    expect(sent).toEqual(['2 video 1', '2 video 2'])
    sent.length = 0
    sinks[0]!.sink.onDescription(both)
    sinks[0]!.sink.onUnit(video(3, true))
    expect(sent).toEqual(['1 sdp', '2 sdp', '1 video 3', '2 video 3'])
  })

  it('changes the size of the picture, and closes', async () => {
    const { sent, sinks, open, ask, viewer } = world()
    await open()
    expect((await ask('PATCH', '/HMP/streams/1', { profile: 'sub' })).status).toBe(204)
    expect(sinks.map(({ name }) => name)).toEqual(['d/1/main', 'd/1/sub'])
    sinks[1]!.sink.onDescription(both)
    sinks[1]!.sink.onUnit(video(5, true))
    sinks[0]!.sink.onUnit(video(6, true))
    expect(sent).toEqual(['1 sdp', '1 video 5'])
    expect(await ask('PATCH', '/HMP/streams/1', { speed: 2 })).toMatchObject({ status: 409, code: 'stream.kind' })
    expect((await ask('POST', '/HMP/streams/1/key')).status).toBe(204)
    expect((await ask('DELETE', '/HMP/streams/1')).status).toBe(204)
    expect(viewer.streamCount).toBe(0)
    expect(await ask('DELETE', '/HMP/streams/1')).toMatchObject({ status: 404, code: 'stream.unknown' })
  })

  it('is refused by name', async () => {
    const { open, ask, sinks } = world()
    expect(await open({ channel: 2 })).toMatchObject({ status: 403, code: 'forbidden' })
    expect(await open({}, 'removed')).toMatchObject({ status: 404, code: 'device.unknown' })
    expect(await ask('POST', '/HMP/streams', { channel: 1, kind: 'live' })).toMatchObject({
      status: 400,
      code: 'device.missing',
    })
    expect(await ask('POST', '/HMP/streams', { kind: 'live' }, 'd')).toMatchObject({
      status: 400,
      code: 'stream.request',
    })
    expect(await ask('POST', '/HMP/streams', { channel: 1, kind: 'talk' }, 'd')).toMatchObject({
      status: 400,
      code: 'stream.request',
    })
    expect(await ask('GET', '/ISAPI/System/deviceInfo')).toMatchObject({ status: 404, code: 'resource.unknown' })
    const asked = ask('POST', '/HMP/streams', { channel: 1, kind: 'live', media: ['video'] }, 'd')
    sinks.at(-1)!.sink.onState({ state: 'lost', code: 'codec.unsupported', text: 'the camera sends MPEG4' })
    expect(await asked).toMatchObject({ status: 415, code: 'codec.unsupported', text: 'the camera sends MPEG4' })
  })

  it.each([
    ['rtsp.codec', 415],
    ['rtsp.no-media', 404],
  ])('is not told to come back for %s, which waiting does not mend', async (code, status) => {
    const { sinks, ask } = world()
    const asked = ask('POST', '/HMP/streams', { channel: 1, kind: 'live' }, 'd')
    sinks[0]!.sink.onState({ state: 'lost', code, text: 'VP8' })
    expect(await asked).toMatchObject({ status, code, text: 'VP8', retry: 'never' })
  })

  it('loses a camera with its rights, or with the device, and hears why', async () => {
    const { sent, rights, open, viewer, hub, sinks } = world()
    await open()
    viewer.recheck()
    expect(viewer.streamCount).toBe(1)
    rights.clear()
    viewer.recheck()
    expect(sent).toEqual(['1 end forbidden'])
    rights.add('1')
    await open()
    await hub.drop('d')
    expect(sinks.map(({ name }) => name)).toEqual(['d/1/main', 'd/1/main'])
    sinks[1]!.sink.onDescription(both)
    expect(sent.at(-1)).toBe('2 sdp')
  })

  it('is on record for as long as it watches, and when it is refused', async () => {
    const { seen, rights, sinks, open, ask, viewer, hub } = world()
    await open({ media: ['video', 'audio'] })
    await ask('PATCH', '/HMP/streams/1', { profile: 'sub' })
    await ask('DELETE', '/HMP/streams/1')
    expect(seen).toEqual(['d/1 live+sound main', 'd/1 sub', 'd/1 end'])
    seen.length = 0
    expect((await open({ channel: 7 })).status).toBe(403)
    expect(seen).toEqual(['d/7 refused'])
    seen.length = 0
    await open()
    viewer.close()
    await open()
    rights.clear()
    viewer.recheck()
    expect(seen).toEqual(['d/1 live main', 'd/1 end', 'd/1 live main', 'd/1 end'])
    expect(hub.streams).toHaveLength(sinks.length)
  })

  it('may have so many streams', async () => {
    const { open } = world()
    for (let i = 0; i < MAX_VIEWER_STREAMS; i++) expect((await open()).status).toBe(201)
    expect(await open()).toMatchObject({ status: 503, code: 'busy', retry: 'later' })
  })
})

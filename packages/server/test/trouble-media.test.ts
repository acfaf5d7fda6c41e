// SPDX-License-Identifier: Apache-2.0
/** Cameras whose pictures are not what was said of them: other codecs, other sizes, descriptions without parameter sets. */

import { createDepacketizer, describeParameterSets } from '@openhmp/protocol/payload'
import { isRtcp, RtpPacket, split4571 } from '@openhmp/protocol/rtp'
import { describeMedia, formatStreamSdp, parseSdp } from '@openhmp/protocol/sdp'
import type { ReceivedUnit } from '@openhmp/protocol/session'
import { describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { type House, makePlace, openHouse, until, type Watched } from './harness.ts'
import { drawReel, type Reel, ScriptedCamera } from './scripted-camera.ts'

const add = async (house: House, { url }: ScriptedCamera) => (await house.add({ kind: 'rtsp', address: url })).device

/** Name and size that a viewer reads from a description. */
const shapeOf = (sdp: string | undefined) => {
  const video = describeMedia(parseSdp(sdp ?? '')).find(({ kind }) => kind === 'video')
  if (video?.codec !== 'h264' && video?.codec !== 'h265') return { codec: video?.codec }
  const { width, height } = describeParameterSets(video.codec, video.parameterSets)
  return { codec: video.codec, width, height }
}

/** Pictures put together by a viewer who begins at unit `from`. */
const picturesOf = (watched: Watched, codec: 'h264' | 'h265', from = 0): number => {
  const depacketizer = createDepacketizer(codec)
  let count = 0
  for (const unit of watched.units.slice(from)) {
    for (const packet of split4571(unit.payload)) if (!isRtcp(packet)) depacketizer.push(RtpPacket.decode(packet))
    for (let one = depacketizer.take(); one; one = depacketizer.take()) if (!one.isDamaged) count++
  }
  return count
}

describe.runIf(needs('ffmpeg'))('a camera of plain RTSP', { timeout: 30_000 }, () => {
  const small: Reel = drawReel('h264', '320x240')
  const vp8 = 'm=video 0 RTP/AVP 98\r\na=rtpmap:98 VP8/90000\r\na=control:trackID=1\r\n'
  const head = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n'

  it('with an unknown codec alone is refused with its name and what to do', async () => {
    using place = makePlace()
    await using camera = await ScriptedCamera.open(small)
    camera.sdp = head + vp8
    await using house = await openHouse(place)
    const { status, body } = await house.call('POST', '/devices', { kind: 'rtsp', address: camera.url })
    expect(status).toBe(502)
    expect(body.code).toBe('rtsp.codec')
    expect(body.text).toMatch(/VP8.*H\.264/)
  })

  it('that turns to an unknown codec says so to its viewers, and its sound goes on', async () => {
    using place = makePlace()
    await using camera = await ScriptedCamera.open(small)
    camera.sdp = `${head}${vp8}m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:trackID=2\r\n`
    await using house = await openHouse(place)
    const { id, channels } = await add(house, camera)
    expect(channels[0]!.streams[0]).toMatchObject({ codec: 'VP8', audioCodec: 'pcma' })
    const viewer = await house.view()
    await expect(viewer.open(id)).rejects.toMatchObject({
      code: 'codec.unsupported',
      message: expect.stringMatching(/video in VP8.*H\.264/),
    })
    const { stream } = await viewer.open(id, { media: ['audio'] })
    expect(describeMedia(parseSdp(stream.sdp)).map(({ codec }) => codec)).toEqual(['pcma'])
    expect(house.errors).toEqual([])
  })

  it('with empty parameter sets in its description is shown by those in the pictures', async () => {
    using place = makePlace()
    await using camera = await ScriptedCamera.open(small)
    camera.sdp = formatStreamSdp([{ codec: 'h264' }]).replace(
      /(a=rtpmap:96.*)/,
      '$1\r\na=fmtp:96 packetization-mode=1; sprop-parameter-sets=',
    )
    await using house = await openHouse(place)
    const { id } = await add(house, camera)
    const viewer = await house.view()
    const first = await viewer.open(id)
    await first.count(15)
    expect(picturesOf(first, 'h264')).toBeGreaterThan(10)
    const second = await viewer.open(id) // who comes later is told at once
    expect(shapeOf(second.stream.sdp)).toEqual({ codec: 'h264', width: 320, height: 240 })
  })

  it('that changes its size in mid-stream is announced, and viewers go on', async () => {
    using place = makePlace()
    await using camera = await ScriptedCamera.open(small)
    await using house = await openHouse(place)
    const { id } = await add(house, camera)
    const viewer = await house.view()
    const watched = await viewer.open(id)
    await watched.count(15)
    expect(shapeOf(watched.stream.sdp)).toEqual({ codec: 'h264', width: 320, height: 240 })
    camera.show(drawReel('h264', '640x360'))
    await until(() => watched.sdps.length > 0, 5000, 'a new description')
    const from = watched.units.length
    await watched.count(from + 10)
    expect(shapeOf(watched.sdps.at(-1))).toEqual({ codec: 'h264', width: 640, height: 360 })
    expect(picturesOf(watched, 'h264', from)).toBeGreaterThan(5)
    expect(watched.ended).toBeUndefined()
    expect(camera.connections).toBe(1)
    expect(house.errors).toEqual([])
  })

  it.each(['end', 'reset'] as const)('that comes back with another codec (%s) keeps its viewers', async (how) => {
    using place = makePlace()
    await using camera = await ScriptedCamera.open(small)
    await using house = await openHouse(place)
    const { id } = await add(house, camera)
    const viewer = await house.view()
    const watched = await viewer.open(id)
    await watched.count(15)
    const other = drawReel('h265', '640x360')
    camera.hangUp(how)
    camera.show(other)
    const { generation } = watched.units[0]!
    const isNew = (unit: ReceivedUnit) => unit.generation !== generation
    await until(() => watched.units.some(isNew), 5000, 'a unit of the new description')
    const from = watched.units.findIndex(isNew)
    await watched.count(from + 10)
    expect(shapeOf(watched.sdps.at(-1))).toEqual({ codec: 'h265', width: 640, height: 360 })
    expect(picturesOf(watched, 'h265', from)).toBeGreaterThan(5)
    expect(watched.ended).toBeUndefined()
    expect(house.errors).toEqual([])
  })
})

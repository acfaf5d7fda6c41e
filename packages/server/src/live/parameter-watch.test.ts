// SPDX-License-Identifier: Apache-2.0
import { unhex } from '@openhmp/protocol/base'
import { encodeRtp, frame4571, type MediaUnit } from '@openhmp/protocol/rtp'
import { describeMedia, formatStreamSdp, parseSdp } from '@openhmp/protocol/sdp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ParameterWatch } from './parameter-watch.ts'

const bytes = (text: string) => unhex(text)!
const unit = (payloads: readonly string[], isKey = true): MediaUnit => {
  const packets = payloads.map((text, sequence) =>
    encodeRtp({ payloadType: 96, sequence, timestamp: 1, ssrc: 1, marker: false, payload: bytes(text) }),
  )
  const payload = frame4571(packets)
  return { kind: 'video', timestamp: 1, isKey, isDamaged: false, payload, sizeBytes: payload.length }
}
const sdpOf = (codec: 'h264' | 'h265' | 'mjpeg', sets: readonly string[]) =>
  formatStreamSdp([
    { codec, payloadType: codec === 'mjpeg' ? 26 : 96, parameterSets: sets.map(bytes) },
    { codec: 'pcma' },
  ])
const setsOf = (sdp: string | undefined) =>
  describeMedia(parseSdp(sdp ?? ''))[0]!.parameterSets.map((nal) => Buffer.from(nal).toString('hex'))

/** name, codec, sets of the description, payloads of a key picture, sets found; undefined when nothing is new. */
const rows = [
  ['the same single NAL units', 'h264', ['674d01', '68ee'], ['674d01', '68ee', '7c8500'], undefined],
  [
    'another size in single NAL units',
    'h264',
    ['674d01', '68ee'],
    ['0910', '674d02', '68ef', '7c8500'],
    ['674d02', '68ef'],
  ],
  ['another size in a STAP-A', 'h264', ['674d01', '68ee'], ['78 0003 674d02 0002 68ef', '7c8500'], ['674d02', '68ef']],
  ['sets behind the first slice', 'h264', ['674d01'], ['7c8500', '674d02'], undefined],
  [
    'another size in H.265',
    'h265',
    ['400101', '420101', '4401aa'],
    ['400102', '420102', '4401ab', '6201 93'],
    ['400102', '420102', '4401ab'],
  ],
  ['an H.265 aggregation packet', 'h265', ['420101'], ['6001 0003 400102 0003 420102', '620193'], ['400102', '420102']],
  ['another PPS alone', 'h264', ['674d01', '68ee'], ['68ef', '7c8500'], ['674d01', '68ee', '68ef']],
  ['JPEG', 'mjpeg', [], ['00000000'], undefined],
] as const

describe('parameter sets within the pictures', () => {
  it.each(rows)('%s', (_, codec, described, payloads, found) => {
    const change = new ParameterWatch(sdpOf(codec, described)).heed(unit(payloads))
    expect(change === undefined ? undefined : setsOf(change.sdp)).toEqual(found)
    if (change) expect(change.isChange).toBe(true)
    if (change) expect(describeMedia(parseSdp(change.sdp))[1]).toMatchObject({ codec: 'pcma', payloadType: 8 })
  })

  it('that the description did not have are no change', () => {
    const watch = new ParameterWatch(sdpOf('h264', []))
    expect(watch.heed(unit(['674d01', '68ee']))).toMatchObject({ isChange: false })
    expect(watch.heed(unit(['674d01', '68ee']))).toBeUndefined()
    expect(watch.heed(unit(['674d02'], false))).toBeUndefined()
  })

  it('that go to and fro are told once', () => {
    const watch = new ParameterWatch(sdpOf('h264', ['674d01', '68ee']))
    expect(watch.heed(unit(['674d01', '68ef']))).toBeDefined()
    for (const pps of ['68ee', '68ef', '68ee']) expect(watch.heed(unit(['674d01', pps]))).toBeUndefined()
  })

  it('are looked for in any bytes without harm', () => {
    const watch = new ParameterWatch(sdpOf('h264', ['674d01']))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
        watch.heed({ kind: 'video', timestamp: 0, isKey: true, isDamaged: false, payload, sizeBytes: payload.length })
      }),
    )
  })
})

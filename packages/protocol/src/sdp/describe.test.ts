// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex, unhex } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { aggregateControl, resolveControl } from './control.ts'
import { describeMedia } from './describe.ts'
import { formatStreamSdp, type OfferedMedia } from './offer.ts'
import { MAX_PARAMETER_SETS } from './parameter-sets.ts'
import { parseSdp } from './sdp.ts'

const camera = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.10',
  's=Media Presentation',
  'e=NONE',
  'b=AS:2100',
  't=0 0',
  'a=control:rtsp://192.0.2.10:554/ISAPI/Streaming/channels/201/?transportmode=unicast',
  'm=video 0 RTP/AVP 96',
  'a=recvonly',
  'a=x-dimensions:1280,720',
  'a=control:rtsp://192.0.2.10:554/ISAPI/Streaming/channels/201/trackID=1?transportmode=unicast',
  'a=rtpmap:96 H264/90000',
  'a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z00AHg==,aO48gA==',
  'm=audio 0 RTP/AVP 8',
  'a=recvonly',
  'a=control:rtsp://192.0.2.10:554/ISAPI/Streaming/channels/201/trackID=2?transportmode=unicast',
  'm=application 0 RTP/AVP 107',
  'a=rtpmap:107 vnd.onvif.metadata/90000',
  'm=text 0 RTP/AVP 99',
].join('\r\n')

const video = (lines: string) => describeMedia(parseSdp(`m=video 0 RTP/AVP 96\na=rtpmap:96 ${lines}`))[0]!

describe('media of a description', () => {
  it('reads what a camera says', () => {
    const base = 'rtsp://192.0.2.10:554/ISAPI/Streaming/channels/201'
    const media = describeMedia(parseSdp(camera), base)
    expect(media).toMatchObject([
      {
        kind: 'video',
        codec: 'h264',
        encoding: 'H264',
        payloadType: 96,
        clockRateHz: 90000,
        control: `${base}/trackID=1?transportmode=unicast`,
        direction: 'recvonly',
        dimensions: { width: 1280, height: 720 },
      },
      { kind: 'audio', codec: 'pcma', encoding: 'PCMA', payloadType: 8, clockRateHz: 8000, parameterSets: [] },
      { kind: 'application', codec: undefined, encoding: 'vnd.onvif.metadata', payloadType: 107 },
    ])
    expect(media).toHaveLength(3)
    expect(media[0]!.parameterSets.map(hex)).toEqual(['674d001e', '68ee3c80'])
    expect(media[0]!.fmtp.get('packetization-mode')).toBe('1')
  })

  it('names a codec that it does not carry', () => {
    const [audio] = describeMedia(parseSdp('m=audio 0 RTP/AVP 104\na=rtpmap:104 MPEG4-GENERIC/16000/1'))
    expect(audio).toMatchObject({
      codec: undefined,
      encoding: 'MPEG4-GENERIC',
      clockRateHz: 16000,
      direction: 'sendrecv',
    })
    expect(describeMedia(parseSdp('m=audio 0 RTP/AVP 15'))[0]).toMatchObject({ codec: undefined, encoding: '15' })
    expect(describeMedia(parseSdp('m=audio 0 RTP/AVP'))[0]).toMatchObject({ codec: undefined, payloadType: -1 })
  })

  it('takes of several formats one that it carries', () => {
    const sdp = 'm=audio 0 RTP/AVP 15 8 0\na=rtpmap:15 G728/8000'
    expect(describeMedia(parseSdp(sdp))[0]).toMatchObject({ codec: 'pcma', payloadType: 8 })
  })

  it('takes no sound for a picture', () => {
    expect(describeMedia(parseSdp('m=video 0 RTP/AVP 8'))[0]!.codec).toBeUndefined()
  })

  it('reads framesize, and leaves out dimensions of nothing', () => {
    expect(video('JPEG/90000\na=framesize:96 704-576').dimensions).toEqual({ width: 704, height: 576 })
    expect(video('JPEG/90000\na=x-dimensions:0,0')).not.toHaveProperty('dimensions')
  })
})

describe('parameter sets of a description', () => {
  const sets = (fmtp: string, codec = 'H264') => video(`${codec}/90000\na=fmtp:96 ${fmtp}`).parameterSets.map(hex)

  it('may be missing or empty', () => {
    expect(sets('packetization-mode=1')).toEqual([])
    expect(sets('sprop-parameter-sets=')).toEqual([])
    expect(sets('sprop-parameter-sets=,!;')).toEqual([])
  })

  it('lose filler and start codes, keep what belongs to them', () => {
    const b64 = (text: string) => btoa(String.fromCharCode(...unhex(text)!))
    expect(sets(`sprop-parameter-sets=${b64('674d001e 000000 ff11')}`)).toEqual(['674d001e'])
    expect(sets(`sprop-parameter-sets=${b64('68ee3c80 00')}`)).toEqual(['68ee3c80'])
    expect(sets(`sprop-parameter-sets=${b64('00000001 68ee3c80')}`)).toEqual(['68ee3c80'])
    expect(sets(`sprop-parameter-sets=${b64('674d0000 0301')}`)).toEqual(['674d00000301'])
    expect(sets(`sprop-parameter-sets=${b64('674d001e').replace(/=+$/, '')}`)).toEqual(['674d001e'])
  })

  it('of H.265 come as VPS, SPS, PPS whatever the order', () => {
    expect(sets('sprop-pps=RAE=; sprop-vps=QAE=;sprop-sps=QgE=', 'H265')).toEqual(['4001', '4201', '4401'])
  })

  it('are limited in number', () => {
    expect(sets(`sprop-parameter-sets=${'aO48gA==,'.repeat(100)}`)).toHaveLength(MAX_PARAMETER_SETS)
  })
})

describe('control URLs', () => {
  it.each([
    ['trackID=1', 'rtsp://h/a/b', 'rtsp://h/a/b/trackID=1'],
    ['trackID=1', 'rtsp://h/a/b/', 'rtsp://h/a/b/trackID=1'],
    [
      'trackID=1',
      'rtsp://h/tracks/101?starttime=20260101T000000z',
      'rtsp://h/tracks/101/trackID=1?starttime=20260101T000000z',
    ],
    ['trackID=1?x=1', 'rtsp://h/a?y=2', 'rtsp://h/a/trackID=1?x=1'],
    ['/a/trackID=1', 'rtsp://h:554/b/c?y=2', 'rtsp://h:554/a/trackID=1'],
    ['rtsps://other/x', 'rtsp://h/a', 'rtsps://other/x'],
    ['*', 'rtsp://h/a?y=2', 'rtsp://h/a?y=2'],
    ['', 'rtsp://h/a', 'rtsp://h/a'],
  ])('%s on %s', (control, base, url) => {
    expect(resolveControl(control, base)).toBe(url)
  })

  it('of the whole is the session line, else the base', () => {
    expect(aggregateControl(parseSdp('v=0\na=control:*'), 'rtsp://h/a')).toBe('rtsp://h/a')
    expect(aggregateControl(parseSdp('v=0'), 'rtsp://h/a')).toBe('rtsp://h/a')
    expect(aggregateControl(parseSdp(camera), 'rtsp://h/a')).toContain('channels/201/?transportmode')
  })

  it('of a track stand on that of the whole', () => {
    const sdp = parseSdp('v=0\na=control:rtsp://h/whole/\nm=video 0 RTP/AVP 26\na=control:track1')
    expect(describeMedia(sdp, 'rtsp://h/asked')[0]!.control).toBe('rtsp://h/whole/track1')
    expect(describeMedia(sdp)[0]!.control).toBe('track1')
  })
})

describe('a description of our own', () => {
  const media: OfferedMedia[] = [
    {
      codec: 'h264',
      parameterSets: [unhex('674d401f')!, unhex('68ee3c80')!],
      dimensions: { width: 640, height: 360 },
      bitrateKbps: 512,
    },
    { codec: 'h265', parameterSets: [unhex('4001')!, unhex('4201')!, unhex('4401')!] },
    { codec: 'mjpeg', control: 'rtsp://h/x' },
    { codec: 'pcmu', direction: 'recvonly' },
  ]

  it('reads as it was meant', () => {
    const text = formatStreamSdp(media, {
      address: '192.0.2.1',
      bitrateKbps: 600,
      lastLines: [{ type: 'a', value: 'appversion:1.0' }],
    })
    expect(text).toContain(
      'a=fmtp:96 profile-level-id=4d401f; packetization-mode=1; sprop-parameter-sets=Z01AHw==,aO48gA==\r\n',
    )
    expect(text.endsWith('a=appversion:1.0\r\n')).toBe(true)
    const found = describeMedia(parseSdp(text), 'rtsp://h/s')
    expect(found.map(({ codec, payloadType, control }) => [codec, payloadType, control])).toEqual([
      ['h264', 96, 'rtsp://h/s/trackID=1'],
      ['h265', 96, 'rtsp://h/s/trackID=2'],
      ['mjpeg', 26, 'rtsp://h/x'],
      ['pcmu', 0, 'rtsp://h/s/trackID=4'],
    ])
    expect(found[0]).toMatchObject({ direction: 'sendonly', dimensions: { width: 640, height: 360 } })
    expect(found.map(({ parameterSets }) => parameterSets)).toEqual(media.map((one) => one.parameterSets ?? []))
  })

  it('of nothing is still one', () => {
    expect(describeMedia(parseSdp(formatStreamSdp([], { address: '2001:db8::1' })))).toEqual([])
  })
})

describe('any description', () => {
  it('gives media or a WireError', () => {
    const texts = fc.array(fc.tuple(fc.nat(camera.length), fc.nat(20), fc.string({ maxLength: 8 })), { maxLength: 5 })
    fc.assert(
      fc.property(texts, (cuts) => {
        let text = camera
        for (const [at, length, put] of cuts) text = text.slice(0, at) + put + text.slice(at + length)
        try {
          describeMedia(parseSdp(text), 'rtsp://h/a')
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})

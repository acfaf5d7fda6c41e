// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'
import { checkStreamingChange, MAX_OPTIONS, readStreamingCapabilities } from './streaming-capabilities.ts'
import { changeStreamingChannel } from './streaming-channel.ts'

const can = (video: string, audio = '') =>
  readStreamingCapabilities(parseXml(`<StreamingChannel><Video>${video}</Video>${audio}</StreamingChannel>`))

describe('capabilities of a stream', () => {
  it('limit what they name, and nothing else', () => {
    const some = can(
      '<videoCodecType opt="H.264, H.265,SVAC">H.265</videoCodecType><H265Profile opt="Main"/><H264Profile opt="High"/><maxFrameRate opt="0,1250,2500"/><vbrUpperCap min="32" max="8192"/>',
    )
    expect(some).toEqual({
      codecs: ['h264', 'h265'],
      sizes: undefined,
      frameRates: [12.5, 25],
      bitrateModes: undefined,
      bitrateKbps: { min: 32, max: 8192 },
      gop: undefined,
      profiles: ['Main'],
      audioCodecs: undefined,
      hasAudio: false,
    })
    checkStreamingChange(some, { width: 1, height: 1, gop: 9999, bitrateMode: 'CBR', isAudioEnabled: false })
    expect(() => checkStreamingChange(some, { isAudioEnabled: true })).toThrow('the stream has no sound')
    expect(() => checkStreamingChange(some, { codec: 'mjpeg' })).toThrow('allowed: h264, h265')
  })

  it('pair widths and heights, or tell no sizes', () => {
    const size = (widths: string, heights: string) =>
      can(`<videoResolutionWidth opt="${widths}"/><videoResolutionHeight opt="${heights}"/>`).sizes
    expect(size('1920,704', '1080,576')).toEqual([
      { width: 1920, height: 1080 },
      { width: 704, height: 576 },
    ])
    for (const [widths, heights] of [
      ['1920', '1080,576'],
      ['many', 'few'],
      ['', ''],
    ] as const)
      expect(size(widths, heights)).toBeUndefined()
    expect(size(`${'1,'.repeat(MAX_OPTIONS)}1`, '1,'.repeat(MAX_OPTIONS))).toHaveLength(MAX_OPTIONS)
  })
})

it('a stream without GovLength is told its key pictures in milliseconds, and without sound refuses it', () => {
  const xml =
    '<StreamingChannel><Video><maxFrameRate>2000</maxFrameRate><keyFrameInterval>1000</keyFrameInterval></Video></StreamingChannel>'
  const document = parseXml(xml)
  changeStreamingChannel(document, { gop: 50 })
  expect(formatXml(document, { isFragment: true })).toContain('<keyFrameInterval>2500<')
  expect(() => changeStreamingChannel(document, { audioCodec: 'pcmu' })).toThrow('no sound')
})

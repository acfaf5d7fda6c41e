// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { parseStreamUrl } from './stream-url.ts'

describe('URLs of streams', () => {
  it.each([
    ['rtsp://h:554/Streaming/Channels/101', 101, undefined],
    ['rtsp://h/streaming/channels/102/', 102, undefined],
    ['rtsp://h/ISAPI/Streaming/channels/1701?transportmode=unicast&profile=Profile_1', 1701, undefined],
    ['rtsp://h/PSIA/streaming/channels/101', 101, undefined],
    ['rtsp://h/h264/ch1/main/av_stream', 101, undefined],
    ['rtsp://h/mpeg4/ch3/sub/av_stream', 302, undefined],
    ['rtsp://h/Streaming/Channels/101/trackID=1', 101, 1],
    ['rtsp://h/Streaming/Channels/101/trackID=2?transportmode=unicast', 101, 2],
    ['rtsp://h/Streaming/Channels/101?transportmode=unicast/trackID=2', 101, 2],
    ['rtsp://h/Streaming/Channels/101/?transportmode=unicast', 101, undefined],
  ])('%s', (url, streamId, track) => {
    expect(parseStreamUrl(url)).toMatchObject({ streamId, track })
  })

  it('gives the base without track, query and closing slash', () => {
    expect(parseStreamUrl('rtsp://h:1/Streaming/Channels/101/trackID=1?a=b')).toMatchObject({
      baseUrl: 'rtsp://h:1/Streaming/Channels/101',
      query: '?a=b',
    })
  })

  it.each([
    '*',
    'rtsp://h',
    'rtsp://h/',
    'http://h/Streaming/Channels/101',
    'rtsp://h/Streaming/Channels/1',
    'rtsp://h/Streaming/tracks/101',
    `rtsp://h/${'x'.repeat(3000)}`,
  ])('refuses %s', (url) => {
    expect(parseStreamUrl(url)).toBeUndefined()
  })
})

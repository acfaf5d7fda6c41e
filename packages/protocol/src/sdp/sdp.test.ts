// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../base/errors.ts'
import {
  attribute,
  attributes,
  formatSdp,
  MAX_SDP_FORMATS,
  MAX_SDP_LENGTH,
  MAX_SDP_LINES,
  MAX_SDP_MEDIA,
  parseSdp,
} from './sdp.ts'

const rows = [
  [
    'session and one medium',
    'v=0\r\ns=Media Presentation\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n',
    {
      lines: [
        { type: 'v', value: '0' },
        { type: 's', value: 'Media Presentation' },
        { type: 'a', value: 'control:*' },
      ],
      media: [
        {
          media: 'video',
          port: 0,
          protocol: 'RTP/AVP',
          formats: ['96'],
          lines: [{ type: 'a', value: 'rtpmap:96 H264/90000' }],
        },
      ],
    },
  ],
  ['nothing but a version', 'v=0\r\n', { lines: [{ type: 'v', value: '0' }], media: [] }],
  [
    'two formats',
    'm=audio 5004 RTP/AVP 0 8\r\n',
    { lines: [], media: [{ media: 'audio', port: 5004, protocol: 'RTP/AVP', formats: ['0', '8'], lines: [] }] },
  ],
] as const

describe('session description', () => {
  it.each(rows)('reads and writes %s', (_, text, meaning) => {
    expect(parseSdp(text)).toEqual(meaning)
    expect(formatSdp(parseSdp(text))).toBe(text)
  })

  it('takes bare LF and CR, blanks, and lines that are none', () => {
    const [, text, meaning] = rows[0]
    expect(parseSdp(text.replaceAll('\r\n', '\n'))).toEqual(meaning)
    expect(parseSdp(text.replaceAll('\r\n', ' \r\rwhat\r  '))).toEqual(meaning)
  })

  it('parts Media_header from what stands in its line', () => {
    const sdp = parseSdp('v=0\na=Media_header:MEDIAINFO=494D4B48; a=appversion:1.0\n')
    expect(attribute(sdp.lines, 'media_header')).toBe('MEDIAINFO=494D4B48')
    expect(attribute(sdp.lines, 'appversion')).toBe('1.0')
  })

  it('finds attributes without case, with and without value', () => {
    const { lines } = parseSdp('v=0\na=recvonly\na=X-Note: one \na=x-note:two\n')
    expect(attribute(lines, 'recvonly')).toBe('')
    expect(attributes(lines, 'x-note')).toEqual(['one', 'two'])
    expect(attribute(lines, 'none')).toBeUndefined()
  })

  it.each([
    ['sdp.empty', '<html>no</html>'],
    ['sdp.empty', ''],
    ['sdp.media', 'm=video 70000 RTP/AVP 96'],
    ['sdp.media', 'm=video'],
    ['sdp.media', `m=video 0 RTP/AVP${' 96'.repeat(MAX_SDP_FORMATS + 1)}`],
    ['sdp.size', ' '.repeat(MAX_SDP_LENGTH + 1)],
    ['sdp.lines', 'v=0\n'.repeat(MAX_SDP_LINES + 1)],
    ['sdp.media', 'm=video 0 RTP/AVP 96\n'.repeat(MAX_SDP_MEDIA + 1)],
  ])('refuses with %s', (code, text) => {
    expect(() => parseSdp(text)).toThrow(expect.objectContaining({ code, name: 'WireError' }))
  })

  it('holds its limits', () => {
    expect(parseSdp('v=0\n'.repeat(MAX_SDP_LINES)).lines).toHaveLength(MAX_SDP_LINES)
    expect(parseSdp('m=video 0 RTP/AVP 96\n'.repeat(MAX_SDP_MEDIA)).media).toHaveLength(MAX_SDP_MEDIA)
  })

  it('answers any text with a description that writes and reads the same, or a WireError', () => {
    const line = fc.tuple(
      fc.constantFrom('v=', 'a=', 'm=', 'm=video 0 RTP/AVP ', 'a=fmtp:96 ', '\r\n', ''),
      fc.string(),
    )
    const texts = fc.array(line, { maxLength: 8 }).map((lines) => lines.map((parts) => parts.join('')).join('\n'))
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const sdp = parseSdp(text)
          expect(parseSdp(formatSdp(sdp))).toEqual(sdp)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { examples: rows.map(([, text]) => [text] as [string]) },
    )
  })
})

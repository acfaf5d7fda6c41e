// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { parseAddress } from './address.ts'

describe('addresses of devices', () => {
  it.each([
    ['192.0.2.7', { url: 'http://192.0.2.7', scheme: 'http', host: '192.0.2.7', port: 80 }],
    ['camera.example:8080', { url: 'http://camera.example:8080', port: 8080 }],
    ['https://[2001:db8::1]', { scheme: 'https', host: '[2001:db8::1]', port: 443 }],
    [
      'rtsp://viewer@192.0.2.7/Streaming/Channels/101?a=b',
      { url: 'rtsp://192.0.2.7/Streaming/Channels/101?a=b', user: 'viewer', port: 554 },
    ],
    ['rtsps://192.0.2.7/x', { port: 322 }],
  ])('reads %s', (text, meaning) => {
    expect(parseAddress(text)).toMatchObject(meaning)
  })

  it.each(['', 'ftp://192.0.2.7', 'http://', '192.0.2.7:99999', 'rtsp://admin:secret@192.0.2.7/x'])(
    'refuses %s',
    (text) => {
      expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'usage' }))
      try {
        parseAddress(text)
      } catch (error) {
        expect(String(error)).not.toContain('secret')
      }
    },
  )
})

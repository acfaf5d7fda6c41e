// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { parseDeviceAddress, parseRtspAddress } from './address.ts'
import { checkHost, objectionTo } from './reach.ts'

describe('addresses of devices', () => {
  it.each([
    ['192.0.2.1', 'http://192.0.2.1:80'],
    [' cam.example:8080 ', 'http://cam.example:8080'],
    ['https://cam.example/', 'https://cam.example:443'],
    ['2001:db8::1', 'http://[2001:db8::1]:80'],
    ['[2001:db8::1]:81', 'http://[2001:db8::1]:81'],
  ])('reads %s', (text, url) => expect(parseDeviceAddress(text).url).toBe(url))

  it.each(['', 'http://', 'ftp://x', 'http://u:p@x', 'http://x/path', 'http://x?y', 'a b', 'file:///etc/passwd'])(
    'refuses %s',
    (text) => expect(() => parseDeviceAddress(text)).toThrow(expect.objectContaining({ code: 'address.form' })),
  )

  it('reads RTSP addresses with their path, and no account in them', () => {
    expect(parseRtspAddress('rtsp://192.0.2.1/live?x=1')).toEqual({
      url: 'rtsp://192.0.2.1/live?x=1',
      host: '192.0.2.1',
      port: 554,
    })
    expect(() => parseRtspAddress('rtsp://u:secret@192.0.2.1/')).toThrow(/own fields/)
    expect(() => parseRtspAddress('http://192.0.2.1/')).toThrow(expect.objectContaining({ code: 'address.form' }))
  })

  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['64:ff9b::7f00:1', true],
    ['2002:7f00:1::', true],
    ['0.0.0.0', true],
    ['169.254.169.254', true],
    ['::ffff:a9fe:a9fe', true],
    ['224.0.0.1', true],
    ['255.255.255.255', true],
    ['::', true],
    ['fe80::1', true],
    ['ff02::1', true],
    ['192.168.1.64', false],
    ['10.0.0.1', false],
    ['2001:db8::1', false],
    ['fd00::1', false],
  ])('%s is refused: %s', (address, isRefused) =>
    expect(objectionTo(address, { allowLoopback: false }) !== undefined).toBe(isRefused),
  )

  it('allows this machine only where a site lists it', async () => {
    expect(objectionTo('127.0.0.1', { allowLoopback: true })).toBeUndefined()
    expect(objectionTo('169.254.0.1', { allowLoopback: true })).toBeDefined()
    await expect(checkHost('localhost', { allowLoopback: false })).rejects.toMatchObject({ code: 'address.forbidden' })
    await expect(checkHost('localhost', { allowLoopback: true })).resolves.toBeUndefined()
  })
})

// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, vi } from 'vitest'
import { findAbility, otherProfile, transportOf } from './choose.ts'

afterEach(() => vi.unstubAllGlobals())
const decoder = (plays: RegExp) => {
  const isConfigSupported = ({ codec }: { codec: string }) => Promise.resolve({ supported: plays.test(codec) })
  vi.stubGlobal(
    'VideoDecoder',
    Object.assign(() => {}, { isConfigSupported }),
  )
}

describe('the way that pictures take', () => {
  it('is WebCodecs where it can be', async () => {
    decoder(/avc1|hvc1/)
    expect(await findAbility('auto', { h264: true, h265: true })).toEqual({
      h264: 'webcodecs',
      h265: 'webcodecs',
      mjpeg: 'image',
    })
  })
  it('is MSE for what the decoder refuses, and none for what both refuse', async () => {
    decoder(/never/)
    const ability = await findAbility('auto', { h264: true, h265: false })
    expect(ability).toEqual({ h264: 'mse', h265: 'none', mjpeg: 'image' })
    expect(transportOf('h265', ability)).toBe('none')
    expect(transportOf('pcma', ability)).toBe('none')
    expect(transportOf(undefined, ability)).toBe('none')
  })
  it('is MSE without a decoder', async () => {
    expect((await findAbility('auto', { h264: true, h265: true })).h264).toBe('mse')
  })
})

describe('the stream to try instead', () => {
  it.each([
    ['main', true, ['main'], 'sub'],
    ['main', false, ['main'], undefined],
    ['sub', true, ['sub'], 'main'],
    ['sub', true, ['main', 'sub'], undefined],
  ] as const)('of %s (has a sub stream: %s, refused: %j) is %s', (profile, hasSub, tried, other) => {
    expect(otherProfile(profile, hasSub, new Set(tried))).toBe(other)
  })
})

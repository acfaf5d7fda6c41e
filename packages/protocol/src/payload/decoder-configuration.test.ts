// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../base/errors.ts'
import { describeParameterSets, selectParameterSets } from './create.ts'
import { decodeDecoderConfiguration, encodeDecoderConfiguration } from './decoder-configuration.ts'
import { splitAnnexB } from './nal.ts'

const drawn = (name: string) =>
  splitAnnexB(new Uint8Array(readFileSync(new URL(`../../vectors/ffmpeg/${name}`, import.meta.url))))
const streams = [
  ['h264', drawn('picture.h264').slice(0, 5)],
  ['h265', drawn('picture.h265').slice(0, 5)],
] as const

describe('decoder configuration, ISO/IEC 14496-15', () => {
  it.each(streams)('gives the parameter sets of %s back', (codec, nals) => {
    const sets = selectParameterSets(codec, nals)
    expect(sets).toHaveLength(codec === 'h264' ? 2 : 3)
    const body = encodeDecoderConfiguration(codec, nals)
    expect(decodeDecoderConfiguration(codec, body)).toEqual({ parameterSets: sets, lengthBytes: 4 })
    expect(describeParameterSets(codec, nals)).toMatchObject({ width: 64, height: 48, frameRate: 10 })
  })

  it.each(streams)('refuses %s without its sets', (codec) => {
    expect(() => encodeDecoderConfiguration(codec, [])).toThrow(WireError)
    expect(() => describeParameterSets(codec, [])).toThrow(expect.objectContaining({ code: `${codec}.sps` }))
  })

  it.each(streams)('answers any bytes for %s with sets or a WireError', (codec, nals) => {
    const whole = encodeDecoderConfiguration(codec, nals)
    fc.assert(
      fc.property(fc.nat(whole.length), fc.uint8Array({ maxLength: 10 }), (at, noise) => {
        const body = Uint8Array.of(...whole.subarray(0, at), ...noise)
        try {
          decodeDecoderConfiguration(codec, body)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})

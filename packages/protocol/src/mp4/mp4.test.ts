// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, unhex, utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { selectParameterSets } from '../payload/create.ts'
import { joinLengthPrefixed, splitAnnexB } from '../payload/nal.ts'
import type { AccessUnit } from '../payload/unit.ts'
import { box } from './box.ts'
import { fragment } from './fragment.ts'
import { Fragmenter, MAX_PENDING_BYTES } from './fragmenter.ts'
import { initSegment } from './init-segment.ts'
import { findBoxes, MAX_BOXES, readBoxes, readSamples } from './reader.ts'
import type { Mp4Track } from './track.ts'

const drawn = (name: string) =>
  splitAnnexB(new Uint8Array(readFileSync(new URL(`../../vectors/ffmpeg/${name}`, import.meta.url))))
const h264: Mp4Track = {
  id: 1,
  codec: 'h264',
  parameterSets: selectParameterSets('h264', drawn('picture.h264').slice(0, 4)),
}
const h265: Mp4Track = {
  id: 1,
  codec: 'h265',
  parameterSets: selectParameterSets('h265', drawn('picture.h265').slice(0, 5)),
}
const jpeg: Mp4Track = { id: 1, codec: 'mjpeg', width: 2560, height: 1440 }
const sound: Mp4Track = { id: 2, codec: 'pcma' }

const unit = (codec: AccessUnit['codec'], timestamp: number, data: Uint8Array, isKey = true): AccessUnit => ({
  codec,
  timestamp,
  isKey,
  isDamaged: false,
  data: [data],
})
function record(tracks: readonly Mp4Track[], fill: (fragmenter: Fragmenter) => void, fragmentMs?: number) {
  const fragments: Uint8Array[] = []
  const fragmenter = new Fragmenter({
    tracks,
    onFragment: (bytes) => fragments.push(bytes),
    ...(fragmentMs === undefined ? {} : { fragmentMs }),
  })
  fill(fragmenter)
  fragmenter.flush()
  const samples = readSamples(concat(fragments))
  return { fragments, samples, counts: fragmenter.counts, of: (id: number) => samples.filter((s) => s.trackId === id) }
}
const picture = (i: number, isKey = true) => unit('mjpeg', i * 9000, Uint8Array.of(0xff, 0xd8, i), isKey)

describe('the head of a file, ISO/IEC 14496-12 §8', () => {
  it.each([
    ['avc1', h264, 'avcC'],
    ['hvc1', h265, 'hvcC'],
    ['mp4v', jpeg, 'esds'],
    ['alaw', sound, ''],
    ['ulaw', { id: 2, codec: 'pcmu' }, ''],
  ] as [string, Mp4Track, string][])('describes %s', (entry, track, inner) => {
    const boxes = readBoxes(initSegment([track]))
    expect(boxes.map((b) => b.type)).toEqual(['ftyp', 'moov'])
    const [stsd] = findBoxes(boxes, 'moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd')
    const [description] = readBoxes(stsd!.body.subarray(8))
    expect(description?.type).toBe(entry)
    const configuration = readBoxes(description!.body.subarray(inner ? 78 : 28))
    expect(configuration.map((b) => b.type)).toEqual(inner ? [inner] : [])
  })

  it('refuses a track without parameter sets', () => {
    expect(() => initSegment([{ id: 1, codec: 'h264', parameterSets: [] }])).toThrow(WireError)
  })
})

describe('fragments, ISO/IEC 14496-12 §8.8', () => {
  it('gives samples back with 64-bit times', () => {
    const start = 2 ** 40 + 5
    const samples = [1, 2].map((i) => ({
      parts: [Uint8Array.of(i), Uint8Array.of(9)],
      durationTicks: 3600,
      isKey: i === 1,
    }))
    const file = fragment(7, [
      { trackId: 3, startTicks: start, samples },
      { trackId: 4, startTicks: 1, samples: [] },
      { trackId: 5, startTicks: 8, samples: [{ parts: [utf8('x')], durationTicks: 1, isKey: true }] },
    ])
    expect(readBoxes(file).map((b) => b.type)).toEqual(['moof', 'mdat'])
    expect(readSamples(file)).toEqual([
      { trackId: 3, startTicks: start, durationTicks: 3600, isKey: true, data: Uint8Array.of(1, 9) },
      { trackId: 3, startTicks: start + 3600, durationTicks: 3600, isKey: false, data: Uint8Array.of(2, 9) },
      { trackId: 5, startTicks: 8, durationTicks: 1, isKey: true, data: utf8('x') },
    ])
  })
})

describe('access units to a file', () => {
  it('cuts once a second and loses nothing', () => {
    const { fragments, of } = record([jpeg], (f) => {
      for (let i = 0; i < 25; i++) f.push(1, picture(i))
    })
    expect(fragments).toHaveLength(3)
    expect(of(1).map((s) => s.data[2])).toEqual(Array.from({ length: 25 }, (_, i) => i))
    expect(of(1).map((s) => s.startTicks)).toEqual(Array.from({ length: 25 }, (_, i) => i * 9000))
    expect(new Set(of(1).map((s) => s.durationTicks))).toEqual(new Set([9000]))
  })

  it('counts on where the RTP clock wraps, and where a device starts it anew', () => {
    const stamps = [0xffffffff - 8999, 0, 9000, 77, 9077]
    const { of } = record([jpeg], (f) => {
      for (const [i, timestamp] of stamps.entries()) f.push(1, { ...picture(i), timestamp }, 500)
    })
    expect(of(1).map((s) => s.startTicks)).toEqual([45_000, 54_000, 63_000, 72_000, 81_000])
  })

  it('places tracks by the time of their first unit, and leaves a gap where sound was lost', () => {
    const { of } = record([jpeg, sound], (f) => {
      f.push(1, picture(0), 0)
      f.push(2, unit('pcma', 5000, new Uint8Array(160)), 40)
      f.push(2, unit('pcma', 5480, new Uint8Array(160)))
      f.push(1, picture(1))
    })
    expect(of(2)).toMatchObject([
      { startTicks: 320, durationTicks: 480 },
      { startTicks: 800, durationTicks: 480 },
    ])
  })

  it('begins at a key picture, and after damage goes on at the next', () => {
    const { of, counts } = record([jpeg], (f) => {
      f.push(1, picture(0, false))
      f.push(1, picture(1))
      f.push(1, { ...picture(2, false), isDamaged: true })
      f.push(1, picture(3, false))
      f.push(1, picture(4))
    })
    expect(of(1).map((s) => [s.data[2], s.startTicks, s.durationTicks])).toEqual([
      [1, 0, 27_000],
      [4, 27_000, 27_000],
    ])
    expect(counts).toEqual({ written: 2, leftOut: 3 })
  })

  it('keeps parameter sets in the head, and others in band', () => {
    const idr = unhex('658801')!
    const changed = unhex('6742c00c00ff')!
    const { of } = record([h264], (f) => {
      if (h264.codec !== 'h264') return
      f.push(1, { ...unit('h264', 0, idr), data: [...h264.parameterSets, idr] })
      f.push(1, { ...unit('h264', 9000, idr), data: [changed, idr] })
    })
    expect(of(1).map((s) => s.data)).toEqual([joinLengthPrefixed([idr]), joinLengthPrefixed([changed, idr])])
  })

  it(`writes early rather than hold more than ${MAX_PENDING_BYTES} bytes`, () => {
    const big = new Uint8Array(3 * 1024 * 1024)
    const { fragments } = record([jpeg], (f) => {
      for (let i = 0; i < 7; i++) f.push(1, { ...picture(0), timestamp: i * 900, data: [big] })
    })
    expect(fragments.length).toBe(2)
  })
})

describe('the reader of boxes', () => {
  it.each([
    ['a box past the end', unhex('00000010 6d6f6f76')!, 'mp4.box'],
    ['half a head', unhex('0000')!, 'mp4.box'],
    ['a size of 4', unhex('00000004 6d6f6f76')!, 'mp4.box'],
    [
      'boxes too deep',
      Array.from({ length: 20 }).reduce<Uint8Array>((inner) => box('moov', inner), new Uint8Array(0)),
      'mp4.limit',
    ],
    ['boxes without number', concat(new Array(MAX_BOXES + 1).fill(box('free'))), 'mp4.limit'],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => readBoxes(bytes)).toThrow(expect.objectContaining({ code }))
  })

  it('answers any change of a file with samples or a WireError', () => {
    const { fragments } = record([jpeg], (f) => {
      for (let i = 0; i < 3; i++) f.push(1, picture(i))
    })
    const file = concat([initSegment([jpeg]), ...fragments])
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, noise) => {
        const changed = file.slice()
        changed.set(noise.subarray(0, file.length - at), at)
        try {
          readSamples(changed)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

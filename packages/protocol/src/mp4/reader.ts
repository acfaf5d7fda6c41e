// SPDX-License-Identifier: Apache-2.0
/**
 * A small reader of MP4 boxes (ISO/IEC 14496-12 §4.2), for tests and for checking our own files: every size is held
 * against its container, depth and number of boxes are limited. It reads the samples of fragments as we write them.
 */
import { fromUtf8, u32 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'

export const MAX_BOXES = 100_000
export const MAX_DEPTH = 12

/** One box; `children` for those that hold boxes only. */
export interface Box {
  readonly type: string
  /** Offset of its size in what was read. */
  readonly at: number
  /** What is inside: a view. */
  readonly body: Uint8Array
  readonly children: readonly Box[]
}

const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'dinf', 'stbl', 'mvex', 'moof', 'traf', 'edts', 'udta'])
const spec = 'ISO/IEC 14496-12 §4.2'

/** The boxes of a file or of a part of one. Throws WireError `mp4.box`, `mp4.limit`. */
export function readBoxes(bytes: Uint8Array): Box[] {
  let left = MAX_BOXES
  const read = (body: Uint8Array, base: number, depth: number): Box[] => {
    if (depth > MAX_DEPTH) throw new WireError('mp4.limit', `boxes more than ${MAX_DEPTH} deep`, { at: base, spec })
    const boxes: Box[] = []
    for (let at = 0; at < body.length; ) {
      if (--left < 0) throw new WireError('mp4.limit', `more than ${MAX_BOXES} boxes`, { at: base + at, spec })
      const room = body.length - at
      let size = room >= 8 ? u32(body, at) : -1
      let head = 8
      if (size === 1 && room >= 16) {
        size = u32(body, at + 8) * 2 ** 32 + u32(body, at + 12)
        head = 16
      } else if (size === 0) size = room // to the end of the file
      if (size < head || size > room)
        throw new WireError('mp4.box', 'a box runs past its container', { at: base + at, spec })
      const type = fromUtf8(body.subarray(at + 4, at + 8))
      const inner = body.subarray(at + head, at + size)
      const children = CONTAINERS.has(type) ? read(inner, base + at + head, depth + 1) : []
      boxes.push({ type, at: base + at, body: inner, children })
      at += size
    }
    return boxes
  }
  return read(bytes, 0, 0)
}

/** The boxes at the end of this path. */
export function findBoxes(boxes: readonly Box[], ...path: readonly string[]): Box[] {
  const [type, ...rest] = path
  const here = boxes.filter((box) => box.type === type)
  return rest.length === 0 ? here : here.flatMap((box) => findBoxes(box.children, ...rest))
}

/** A sample as a fragment tells it. */
export interface ReadSample {
  readonly trackId: number
  readonly startTicks: number
  readonly durationTicks: number
  readonly isKey: boolean
  readonly data: Uint8Array
}

/** The samples of all fragments, in the order of the file. Reads trun boxes as this folder writes them, no others. */
export function readSamples(file: Uint8Array): ReadSample[] {
  const samples: ReadSample[] = []
  for (const moof of readBoxes(file).filter((box) => box.type === 'moof'))
    for (const traf of findBoxes(moof.children, 'traf')) readTrack(file, moof, traf, samples)
  return samples
}

function readTrack(file: Uint8Array, moof: Box, traf: Box, samples: ReadSample[]): void {
  const [tfhd, tfdt, trun] = ['tfhd', 'tfdt', 'trun'].map((type) => findBoxes(traf.children, type)[0]?.body)
  const isOurs = tfhd && tfdt && trun && tfhd.length >= 8 && tfdt.length >= 12 && trun.length >= 12
  if (!isOurs || tfdt[0] !== 1 || u32(trun, 0) !== 0x701)
    throw new WireError('mp4.fragment', 'not a fragment of this writer', { at: traf.at, spec: 'ISO/IEC 14496-12 §8.8' })
  const trackId = u32(tfhd, 4)
  let startTicks = u32(tfdt, 4) * 2 ** 32 + u32(tfdt, 8)
  let at = moof.at + u32(trun, 8)
  const count = u32(trun, 4)
  if (count * 12 + 12 !== trun.length)
    throw new WireError('mp4.fragment', `a run of ${count} samples in ${trun.length} bytes`, { at: traf.at, spec })
  for (let entry = 12; entry < trun.length; entry += 12) {
    const durationTicks = u32(trun, entry)
    const size = u32(trun, entry + 4)
    if (at + size > file.length) throw new WireError('mp4.fragment', 'a sample runs past the end', { at, spec })
    const isKey = (u32(trun, entry + 8) & 0x10000) === 0
    samples.push({ trackId, startTicks, durationTicks, isKey, data: file.subarray(at, at + size) })
    startTicks += durationTicks
    at += size
  }
}

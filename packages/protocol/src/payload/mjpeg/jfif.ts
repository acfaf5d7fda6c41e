// SPDX-License-Identifier: Apache-2.0
/**
 * JPEG files as RFC 2435 knows them (ITU-T T.81 Annex B): baseline, 8 bits, three components, 4:2:2 or 4:2:0, one scan,
 * the usual Huffman tables. `parseJpeg` takes such a file apart for the packetizer and refuses others by name;
 * `jpegHeader` writes the file's head for the depacketizer (RFC 2435 Appendix B).
 */
import { concat, put16, sameBytes, u16 } from '../../base/bytes.ts'
import { WireError } from '../../base/errors.ts'
import { huffmanBodies, huffmanSegments } from './tables.ts'

const spec = 'RFC 2435 §4.1'

/** Which sampling a type tells (§4.1): 0 is 4:2:2, 1 is 4:2:0. */
export type Sampling = 0 | 1

export interface JpegParts {
  readonly sampling: Sampling
  readonly width: number
  readonly height: number
  /** MCUs between restart markers; 0 without them. */
  readonly restartInterval: number
  /** Luma and chroma table in zigzag order: 64 bytes each, or 128 where the table has 16 bits. */
  readonly tables: readonly [Uint8Array, Uint8Array]
  /** The entropy-coded data, without the end marker. */
  readonly scan: Uint8Array
}

const Marker = { sof0: 0xc0, dht: 0xc4, soi: 0xd8, eoi: 0xd9, sos: 0xda, dqt: 0xdb, dri: 0xdd } as const

/** Takes a JPEG file apart. Throws WireError `mjpeg.file` for what is no JPEG, `mjpeg.kind` for what RTP cannot carry. */
export function parseJpeg(file: Uint8Array): JpegParts {
  const tables = new Map<number, Uint8Array>()
  let frame: FrameHeader | undefined
  let restartInterval = 0
  if (file.length < 4 || file[0] !== 0xff || file[1] !== Marker.soi) throw broken('no SOI marker', 0)
  let at = 2
  for (;;) {
    if (file[at] !== 0xff) throw broken('no marker', at)
    while (file[at + 1] === 0xff) at++ // fill bytes, T.81 §B.1.1.2
    if (at + 4 > file.length) throw broken('the file ends in a header', file.length)
    const marker = file[at + 1]!
    const length = u16(file, at + 2)
    if (length < 2 || at + 2 + length > file.length) throw broken('a segment runs past the end', at)
    const body = file.subarray(at + 4, at + 2 + length)
    if (marker === Marker.dqt) readTables(body, tables, at)
    else if (marker === Marker.dht) checkHuffman(body, at)
    else if (marker === Marker.sof0) frame = readFrame(body, at)
    else if (marker > Marker.sof0 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc)
      throw kind(`not baseline (marker ${marker.toString(16)})`, at)
    else if (marker === Marker.dri) {
      if (body.length < 2) throw broken('a restart interval without value', at)
      restartInterval = u16(body, 0)
    }
    at += 2 + length
    if (marker === Marker.sos) break
  }
  if (!frame) throw broken('a scan without frame header', at)
  const luma = tables.get(frame.lumaTable)
  const chroma = tables.get(frame.chromaTable)
  if (!luma || !chroma) throw broken('a quantization table is missing', at)
  const { sampling, width, height } = frame
  return { sampling, width, height, restartInterval, tables: [luma, chroma], scan: scanOf(file, at) }
}

interface FrameHeader {
  readonly sampling: Sampling
  readonly width: number
  readonly height: number
  readonly lumaTable: number
  readonly chromaTable: number
}

/** SOF0, T.81 §B.2.2: precision, height, width, then per component its name, sampling and table. */
function readFrame(body: Uint8Array, at: number): FrameHeader {
  if (body.length < 6) throw broken('a frame header without components', at)
  if (body[0] !== 8) throw kind(`${body[0]} bits a sample`, at)
  if (body[5] !== 3 || body.length < 15) throw kind(`${body[5]} components`, at)
  const [luma, blue, red] = [body[7], body[10], body[13]]
  const sampling = luma === 0x21 ? 0 : luma === 0x22 ? 1 : undefined
  if (sampling === undefined || blue !== 0x11 || red !== 0x11) throw kind('a sampling other than 4:2:2 and 4:2:0', at)
  if (body[11] !== body[14]) throw kind('two chroma quantization tables', at)
  const [height, width] = [u16(body, 1), u16(body, 3)]
  if (width === 0 || height === 0) throw kind(`a picture of ${width}x${height}`, at)
  return { sampling, width, height, lumaTable: body[8]!, chromaTable: body[11]! }
}

function readTables(body: Uint8Array, tables: Map<number, Uint8Array>, at: number): void {
  for (let i = 0; i < body.length; ) {
    const size = body[i]! >> 4 === 0 ? 64 : 128
    if (i + 1 + size > body.length) throw broken('a quantization table is cut', at)
    tables.set(body[i]! & 15, body.subarray(i + 1, i + 1 + size))
    i += 1 + size
  }
}

/** The packets carry no Huffman tables, so a file with its own cannot be sent. */
function checkHuffman(body: Uint8Array, at: number): void {
  for (let i = 0; i < body.length; ) {
    let size = 16
    for (let n = 1; n <= 16; n++) size += body[i + n] ?? 0
    const known = huffmanBodies.get(body[i]!)
    if (!known || !sameBytes(known, body.subarray(i + 1, i + 1 + size)))
      throw kind('Huffman tables of its own (with ffmpeg: -huffman default)', at)
    i += 1 + size
  }
}

/** The one scan, up to the end marker or the end of the file. In it, FF is followed by 00 or a restart marker only. */
function scanOf(file: Uint8Array, start: number): Uint8Array {
  for (let at = file.indexOf(0xff, start); at >= 0; at = file.indexOf(0xff, at + 1)) {
    const next = file[at + 1]
    if (next === Marker.eoi) return file.subarray(start, at)
    if (next === Marker.sos) throw kind('several scans', at)
  }
  return file.subarray(start)
}

/** The head of a JFIF file, from SOI to the scan's header. */
export function jpegHeader(parts: Omit<JpegParts, 'scan'>): Uint8Array {
  const { tables, restartInterval } = parts
  const frame = Uint8Array.of(
    ...[0xff, Marker.sof0, 0, 17, 8, parts.height >> 8, parts.height & 255, parts.width >> 8, parts.width & 255, 3],
    ...[1, parts.sampling === 0 ? 0x21 : 0x22, 0, 2, 0x11, 1, 3, 0x11, 1],
  )
  const scan = Uint8Array.of(0xff, Marker.sos, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0)
  const restart = new Uint8Array(restartInterval === 0 ? 0 : 6)
  if (restartInterval > 0) {
    restart.set([0xff, Marker.dri, 0, 4])
    put16(restart, 4, restartInterval)
  }
  const quantization = tables.map((table, i) =>
    concat([Uint8Array.of(0xff, Marker.dqt, 0, 3 + table.length, table.length === 128 ? 0x10 | i : i), table]),
  )
  return concat([JFIF, ...quantization, restart, frame, huffmanSegments, scan])
}

/** SOI, and APP0 of JFIF 1.02 without density and thumbnail: some readers tell a JPEG by it. */
const JFIF = Uint8Array.of(
  ...[0xff, Marker.soi, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 2, 0, 0, 1, 0, 1, 0, 0],
)

/** The end of a JFIF file. */
export const END_OF_IMAGE = Uint8Array.of(0xff, Marker.eoi)

const broken = (what: string, at: number) => new WireError('mjpeg.file', what, { at, spec: 'T.81 §B' })
const kind = (what: string, at: number) =>
  new WireError('mjpeg.kind', `RTP cannot carry this JPEG: ${what}`, { at, spec })

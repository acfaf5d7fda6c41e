// SPDX-License-Identifier: Apache-2.0
/**
 * JPEG into RTP, RFC 2435. The tables travel in band (Q 255) unless they are those of a Q from 1 to 99; pictures of more
 * than 2040 pixels are sent with size 0, their size being told in the session description (`a=x-dimensions`).
 */
import { concat, put16, put24, sameBytes } from '../../base/bytes.ts'
import { PacketWriter } from '../packet-writer.ts'
import type { Packetizer, PacketizerOptions } from '../unit.ts'
import type { JpegParts } from './jfif.ts'
import { parseJpeg } from './jfif.ts'
import { quantizationTables } from './tables.ts'

/** The widest and highest picture whose size fits the header: 255 blocks of 8. */
const MAX_HEADER_PIXELS = 2040

export class MjpegPacketizer implements Packetizer {
  readonly #writer: PacketWriter
  #lastTables: { readonly bytes: Uint8Array; readonly q: number } | undefined

  constructor(options: PacketizerOptions) {
    this.#writer = new PacketWriter(options)
  }

  get sequence(): number {
    return this.#writer.sequence
  }

  /** Throws WireError `mjpeg.file` or `mjpeg.kind` for a file that RFC 2435 cannot carry. */
  packetize(unit: { readonly data: readonly Uint8Array[] }, timestamp: number): Uint8Array[] {
    const payloads: Uint8Array[] = []
    for (const file of unit.data) this.#cut(parseJpeg(file), payloads)
    return this.#writer.write(payloads, timestamp, true)
  }

  /**
   * §3.1: `| specific | offset (24) | type | Q | width/8 | height/8 |`, then the restart header (§3.1.7) when the type says
   * so, then, in the first packet, the tables (§3.1.8) when Q is 128 or more.
   */
  #cut(jpeg: JpegParts, payloads: Uint8Array[]): void {
    const bytes = concat([jpeg.tables[0], jpeg.tables[1]])
    const q = this.#qOf(bytes)
    const isBig = jpeg.width > MAX_HEADER_PIXELS || jpeg.height > MAX_HEADER_PIXELS
    const head = new Uint8Array(jpeg.restartInterval > 0 ? 12 : 8)
    head[4] = jpeg.sampling + (jpeg.restartInterval > 0 ? 64 : 0)
    head[5] = q
    head[6] = isBig ? 0 : Math.ceil(jpeg.width / 8)
    head[7] = isBig ? 0 : Math.ceil(jpeg.height / 8)
    if (jpeg.restartInterval > 0) {
      put16(head, 8, jpeg.restartInterval)
      put16(head, 10, 0xffff) // first and last of its interval, no count: to be put together whole
    }
    let extra = q === 255 ? tableHeader(jpeg.tables, bytes) : new Uint8Array(0)
    let at = 0
    do {
      const room = this.#writer.roomBytes - head.length - extra.length
      const piece = jpeg.scan.subarray(at, at + Math.max(0, room))
      put24(head, 1, at)
      payloads.push(concat([head, extra, piece]))
      at += piece.length
      extra = new Uint8Array(0)
    } while (at < jpeg.scan.length)
  }

  /** The Q whose tables these are, or 255. Streams keep their tables, so the search is done once. */
  #qOf(bytes: Uint8Array): number {
    if (this.#lastTables && sameBytes(this.#lastTables.bytes, bytes)) return this.#lastTables.q
    let q = 1
    while (q < 100 && !sameBytes(quantizationTables(q), bytes)) q++
    this.#lastTables = { bytes, q: q === 100 ? 255 : q }
    return this.#lastTables.q
  }
}

function tableHeader(tables: JpegParts['tables'], bytes: Uint8Array): Uint8Array {
  const header = new Uint8Array(4 + bytes.length)
  header[1] = (tables[0].length === 128 ? 1 : 0) | (tables[1].length === 128 ? 2 : 0)
  put16(header, 2, bytes.length)
  header.set(bytes, 4)
  return header
}

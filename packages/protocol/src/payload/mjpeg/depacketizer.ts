// SPDX-License-Identifier: Apache-2.0
/** JPEG out of RTP, RFC 2435: fragments in order to whole JFIF files, their heads rebuilt (Appendix B). */
import { concat, u16, u24 } from '../../base/bytes.ts'
import { WireError } from '../../base/errors.ts'
import type { RtpPacket } from '../../rtp/packet.ts'
import { MAX_UNIT_BYTES } from '../../rtp/unit.ts'
import type { AccessUnit, Depacketizer, DepacketizerOptions } from '../unit.ts'
import { MAX_UNIT_PIECES } from '../unit.ts'
import type { Sampling } from './jfif.ts'
import { END_OF_IMAGE, jpegHeader } from './jfif.ts'
import { quantizationTables } from './tables.ts'

type Tables = readonly [Uint8Array, Uint8Array]

export class MjpegDepacketizer implements Depacketizer {
  readonly parameterSets: readonly Uint8Array[] = []
  readonly #dimensions: DepacketizerOptions['dimensions']
  /** In-band tables of Q 128 to 254, which need not be sent again (§4.2). */
  readonly #known = new Map<number, Tables>()
  readonly #finished: AccessUnit[] = []
  #isOpen = false
  #timestamp = 0
  #pieces: Uint8Array[] = []
  #bytes = 0
  #isDamaged = false
  #isLossPending = false

  constructor(options: DepacketizerOptions = {}) {
    this.#dimensions = options.dimensions
  }

  push(packet: RtpPacket): void {
    if (this.#isOpen && packet.timestamp !== this.#timestamp) {
      this.#isDamaged = true // no marker was seen: the end is missing
      this.#finish()
    }
    if (!this.#isOpen) {
      this.#isOpen = true
      this.#timestamp = packet.timestamp
    } else if (this.#isLossPending) this.#isDamaged = true
    this.#isLossPending = false
    try {
      this.#read(packet.payload)
    } catch (error) {
      this.#isDamaged = true
      if (packet.marker) this.#finish()
      throw error
    }
    if (packet.marker) this.#finish()
  }

  #read(payload: Uint8Array): void {
    const spec = 'RFC 2435 §3.1'
    if (payload.length < 8) throw new WireError('mjpeg.short', 'no room for the header', { at: payload.length, spec })
    const offset = u24(payload, 1)
    const type = payload[4]!
    if ((type & 63) > 1 || type > 127)
      throw new WireError('mjpeg.type', `type ${type}`, { at: 4, spec: 'RFC 2435 §4.1' })
    let at = 8
    let restartInterval = 0
    if (type >= 64) {
      if (payload.length < 12)
        throw new WireError('mjpeg.short', 'no room for the restart header', { at: payload.length, spec })
      restartInterval = u16(payload, 8)
      at = 12
    }
    if (offset === 0 && this.#pieces.length === 0) {
      const { tables, end } = this.#readTables(payload, at)
      at = end
      const [width, height] = this.#size(payload)
      this.#keep(jpegHeader({ sampling: (type & 63) as Sampling, width, height, restartInterval, tables }))
      this.#bytes = 0 // offsets count the scan alone
    }
    // A fragment that does not continue what is here: others were lost, whether or not the caller saw it.
    if (offset !== this.#bytes || this.#pieces.length === 0) this.#isDamaged = true
    if (!this.#isDamaged) this.#keep(payload.subarray(at))
  }

  /** §3.1.8: `| MBZ | precision | length (16) |` and the tables, when Q is 128 or more; else Q alone tells them. */
  #readTables(payload: Uint8Array, at: number): { tables: Tables; end: number } {
    const q = payload[5]!
    const spec = 'RFC 2435 §3.1.8'
    if (q === 0 || (q > 99 && q < 128))
      throw new WireError('mjpeg.q', `Q ${q} is reserved`, { at: 5, spec: 'RFC 2435 §4.2' })
    if (q < 128) {
      const both = quantizationTables(q)
      return { tables: [both.subarray(0, 64), both.subarray(64)], end: at }
    }
    if (payload.length < at + 4) throw new WireError('mjpeg.short', 'no room for the table header', { at, spec })
    const precision = payload[at + 1]!
    const length = u16(payload, at + 2)
    const end = at + 4 + length
    if (length === 0) {
      const tables = this.#known.get(q)
      if (!tables) throw new WireError('mjpeg.tables', `the tables of Q ${q} were never sent`, { at, spec })
      return { tables, end }
    }
    const first = precision & 1 ? 128 : 64
    const second = precision & 2 ? 128 : 64
    if (end > payload.length || length < first) throw new WireError('mjpeg.tables', 'the tables are cut', { at, spec })
    // Tolerates: one table for luma and chroma both, though §3.1.8 wants one each for types 0 and 1.
    const luma = payload.slice(at + 4, at + 4 + first)
    const chroma = length >= first + second ? payload.slice(at + 4 + first, at + 4 + first + second) : luma
    const tables: Tables = [luma, chroma]
    if (q < 255) this.#known.set(q, tables)
    return { tables, end }
  }

  #size(payload: Uint8Array): [number, number] {
    const [width, height] = [payload[6]! * 8, payload[7]! * 8]
    const told = this.#dimensions
    if (width > 0 && height > 0) {
      // The header counts blocks of 8; the description may know the exact size (1080 is 135 blocks, 1084 is not whole).
      const isSame = told && Math.ceil(told.width / 8) * 8 === width && Math.ceil(told.height / 8) * 8 === height
      return isSame ? [told.width, told.height] : [width, height]
    }
    if (told && told.width > 0 && told.height > 0 && told.width < 65536 && told.height < 65536)
      return [told.width, told.height]
    throw new WireError('mjpeg.dimensions', 'more than 2040 pixels, and the description does not say how many', {
      at: 6,
      spec: 'RFC 2435 §3.1.5',
    })
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length
    if (this.#bytes > MAX_UNIT_BYTES || this.#pieces.length >= MAX_UNIT_PIECES) this.#isDamaged = true
    else this.#pieces.push(piece)
  }

  #finish(): void {
    const isDamaged = this.#isDamaged || this.#isLossPending || this.#pieces.length === 0
    // Tolerates: scans that end in EOI, though RFC 2435 §3.1 carries entropy-coded data alone.
    const last = this.#pieces.at(-1)
    const hasEnd = last !== undefined && last.length >= 2 && last.at(-2) === 0xff && last.at(-1) === END_OF_IMAGE[1]
    const data = isDamaged ? [] : [concat(hasEnd ? this.#pieces : [...this.#pieces, END_OF_IMAGE])]
    this.#finished.push({ codec: 'mjpeg', timestamp: this.#timestamp, isKey: true, isDamaged, data })
    this.#isOpen = false
    this.#pieces = []
    this.#bytes = 0
    this.#isDamaged = false
  }

  markLoss(): void {
    this.#isLossPending = true
  }

  take(): AccessUnit | undefined {
    return this.#finished.shift()
  }

  flush(): void {
    if (this.#isOpen) {
      this.#isDamaged = true
      this.#finish()
    }
  }
}

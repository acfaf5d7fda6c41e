// SPDX-License-Identifier: Apache-2.0
/**
 * What RFC 2435 leaves out of the packets because both sides know it: the quantization tables of Q 1 to 99 (Appendix A,
 * from ITU-T T.81 Annex K.1) and the Huffman tables (Appendix B, from T.81 Annex K.3).
 */
import { concat } from '../../base/bytes.ts'

/** T.81 table K.1, in zigzag order as RFC 2435 Appendix A prints it. */
const LUMA = Uint8Array.of(
  ...[16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51],
  ...[61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77],
  ...[113, 121, 112, 100, 120, 92, 101, 103, 99],
)
/** T.81 table K.2, in zigzag order. */
const CHROMA = Uint8Array.of(
  ...[17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66],
  ...Array.from({ length: 50 }, () => 99),
)

/** The two tables of a Q from 1 to 99, luma then chroma, 128 bytes in zigzag order (RFC 2435 §4.2 and Appendix A). */
export function quantizationTables(q: number): Uint8Array {
  const factor = q < 50 ? Math.floor(5000 / q) : 200 - q * 2
  const scale = (value: number) => Math.min(255, Math.max(1, Math.floor((value * factor + 50) / 100)))
  return Uint8Array.from([...LUMA, ...CHROMA], scale)
}

/** How many codes there are of each length, 1 to 16 bits, and the symbols in the order of their codes. */
interface HuffmanTable {
  /** Class (0 DC, 1 AC) and number (0 luma, 1 chroma) as in the DHT segment. */
  readonly id: number
  readonly counts: readonly number[]
  readonly symbols: readonly number[]
}

const acSymbols = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .map((digits) => Number.parseInt(digits, 16))

/** T.81 Annex K.3.3, tables K.3 to K.6. */
const HUFFMAN: readonly HuffmanTable[] = [
  {
    id: 0x00,
    counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    symbols: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  },
  {
    id: 0x10,
    counts: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
    symbols: acSymbols(`
      01 02 03 00 04 11 05 12 21 31 41 06 13 51 61 07 22 71 14 32 81 91 a1 08 23 42 b1 c1 15 52 d1 f0
      24 33 62 72 82 09 0a 16 17 18 19 1a 25 26 27 28 29 2a 34 35 36 37 38 39 3a 43 44 45 46 47 48 49
      4a 53 54 55 56 57 58 59 5a 63 64 65 66 67 68 69 6a 73 74 75 76 77 78 79 7a 83 84 85 86 87 88 89
      8a 92 93 94 95 96 97 98 99 9a a2 a3 a4 a5 a6 a7 a8 a9 aa b2 b3 b4 b5 b6 b7 b8 b9 ba c2 c3 c4 c5
      c6 c7 c8 c9 ca d2 d3 d4 d5 d6 d7 d8 d9 da e1 e2 e3 e4 e5 e6 e7 e8 e9 ea f1 f2 f3 f4 f5 f6 f7 f8
      f9 fa`),
  },
  {
    id: 0x01,
    counts: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
    symbols: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  },
  {
    id: 0x11,
    counts: [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77],
    symbols: acSymbols(`
      00 01 02 03 11 04 05 21 31 06 12 41 51 07 61 71 13 22 32 81 08 14 42 91 a1 b1 c1 09 23 33 52 f0
      15 62 72 d1 0a 16 24 34 e1 25 f1 17 18 19 1a 26 27 28 29 2a 35 36 37 38 39 3a 43 44 45 46 47 48
      49 4a 53 54 55 56 57 58 59 5a 63 64 65 66 67 68 69 6a 73 74 75 76 77 78 79 7a 82 83 84 85 86 87
      88 89 8a 92 93 94 95 96 97 98 99 9a a2 a3 a4 a5 a6 a7 a8 a9 aa b2 b3 b4 b5 b6 b7 b8 b9 ba c2 c3
      c4 c5 c6 c7 c8 c9 ca d2 d3 d4 d5 d6 d7 d8 d9 da e2 e3 e4 e5 e6 e7 e8 e9 ea f2 f3 f4 f5 f6 f7 f8
      f9 fa`),
  },
]

/** A table's body in a DHT segment (T.81 §B.2.4.2), by its class and number. */
export const huffmanBodies: ReadonlyMap<number, Uint8Array> = new Map(
  HUFFMAN.map(({ id, counts, symbols }) => [id, Uint8Array.of(...counts, ...symbols)]),
)

/** The four DHT segments, ready to stand in a JFIF file. */
export const huffmanSegments: Uint8Array = concat(
  [...huffmanBodies].map(([id, body]) => {
    const length = 3 + body.length
    return concat([Uint8Array.of(0xff, 0xc4, length >> 8, length & 255, id), body])
  }),
)

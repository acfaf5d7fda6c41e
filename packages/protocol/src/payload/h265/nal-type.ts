// SPDX-License-Identifier: Apache-2.0
/** NAL unit types of H.265 (§7.4.2.2, table 7-1) and those that RFC 7798 §4.4 adds for packets. */
export const NalType = {
  blaWlp: 16,
  rsvIrap23: 23,
  vps: 32,
  sps: 33,
  pps: 34,
  accessUnitDelimiter: 35,
  seiPrefix: 39,
  ap: 48,
  fu: 49,
  paci: 50,
} as const

/** The type of the unit that begins with this byte (the first of two). */
export const nalType = (header: number): number => (header >> 1) & 0x3f

/** True for coded slices (types 0 to 31), which make a unit a picture. */
export const isSlice = (type: number): boolean => type < 32

/** True for the pictures at which a decoder can start: BLA, IDR, CRA (16 to 23). */
export const isIrap = (type: number): boolean => type >= NalType.blaWlp && type <= NalType.rsvIrap23

// SPDX-License-Identifier: Apache-2.0
/** NAL unit types of H.264 (§7.4.1, table 7-1) and those that RFC 6184 §5.4 adds for packets. */
export const NalType = {
  slice: 1,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
  stapA: 24,
  stapB: 25,
  mtap16: 26,
  mtap24: 27,
  fuA: 28,
  fuB: 29,
} as const

/** The type of the unit that begins with this byte. */
export const nalType = (header: number): number => header & 0x1f

/** True for coded slices (types 1 to 5), which make a unit a picture. */
export const isSlice = (type: number): boolean => type >= 1 && type <= 5

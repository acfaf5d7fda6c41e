// SPDX-License-Identifier: Apache-2.0
/** The grid of motion detection: hexadecimal digits, rows from the top, the highest bit is the left column, each row filled up to whole digits. */
import { Refusal } from '../base/errors.ts'

/** Rows of columns: true where motion counts. */
export type Grid = readonly (readonly boolean[])[]

/** Rows or columns that are taken. */
export const MAX_GRID = 256

/** Digits of a row of 22 columns are six: whole bytes. */
const digitsOf = (columns: number): number => Math.ceil(columns / 8) * 2

/** Reads a map; undefined when it is none of that size. */
export const readGrid = (map: string, rows: number, columns: number): Grid | undefined => {
  if (!(rows >= 1 && rows <= MAX_GRID && columns >= 1 && columns <= MAX_GRID)) return undefined
  const digits = map.length / rows
  if (!Number.isInteger(digits) || digits * 4 < columns || !/^[0-9a-f]+$/i.test(map)) return undefined
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => {
      const digit = Number.parseInt(map[row * digits + (column >> 2)]!, 16)
      return (digit & (8 >> (column & 3))) !== 0
    }),
  )
}

/** Writes a map. Throws `Refusal` `setting.range` for another size than the device's. */
export const writeGrid = (grid: Grid, rows: number, columns: number): string => {
  if (grid.length !== rows || grid.some((row) => row.length !== columns))
    throw new Refusal('invalid', 'setting.range', `the device's grid has ${rows} rows of ${columns} columns`)
  return grid
    .map((row) =>
      Array.from({ length: digitsOf(columns) }, (_, digit) => {
        let value = 0
        for (let bit = 0; bit < 4; bit++) if (row[digit * 4 + bit]) value |= 8 >> bit
        return value.toString(16)
      }).join(''),
    )
    .join('')
}

// SPDX-License-Identifier: Apache-2.0
/** Formulas in the names of devices, on their way into a spreadsheet. */
import { describe, expect, it } from 'vitest'
import { csvCell } from './csv-cell.ts'

describe('a cell of a CSV file', () => {
  it.each([
    ['a formula', '=1+1', "'=1+1"],
    ['a sum', '+1', "'+1"],
    ['a difference', '-1+cmd|calc', "'-1+cmd|calc"],
    ['a function of old', '@SUM(A1)', "'@SUM(A1)"],
    ['a link', '=HYPERLINK("https://evil.example","x")', `"'=HYPERLINK(""https://evil.example"",""x"")"`],
    ['a tab before it', '\t=1', `"'\t=1"`],
    ['a line before it', '\r\n=1', `"'\r\n=1"`],
    ['a space before it', ' =1', "' =1"],
    ['a mark of order before it', '\uFEFF=1', "'\uFEFF=1"],
    ['a full-width sign', '＝1', "'＝1"],
    ['a pipe', "|calc'!A1", "'|calc'!A1"],
    ['another cell', 'a","=1', '"a"",""=1"'],
    ['another cell of Europe', 'a;=1', '"a;=1"'],
    ['another line', 'a\n=1', '"a\n=1"'],
    ['a plain name', 'Gate 1 - north', 'Gate 1 - north'],
  ])('%s', (_, text, cell) => expect(csvCell(text)).toBe(cell))

  it('of a number stays one', () => expect([csvCell(-1), csvCell(null)]).toEqual(['-1', '']))
})

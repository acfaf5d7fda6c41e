// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { readSource } from './house/sources.ts'
import { allTolerances, formatTolerances, TOLERANCES_PAGE, tolerancesOf } from './tolerances.ts'

describe('tolerances', () => {
  it.each([
    ['a line', '  // Tolerates: a does b, though c.\nconst x = 1', ['a does b, though c.']],
    ['two lines', '// Tolerates: a does\n// b, though c.\nf()', ['a does b, though c.']],
    ['a block of one line', '/** Tolerates: a does b. */\nconst x = 1', ['a does b.']],
    ['a block of two', '/**\n * Reads.\n *\n * Tolerates: a does\n *   b.\n * Tolerates: c.\n */', ['a does b.', 'c.']],
    ['a paragraph after it', '/**\n * Tolerates: a.\n *\n * More.\n */', ['a.']],
    ['a comment behind code', 'at++ // Tolerates: a does b\n// another matter', ['a does b']],
    ['none', 'const x = 1 // nothing', []],
  ])('are found in %s', (_, source, expected) => {
    expect(tolerancesOf(source)).toEqual(expected)
  })

  it('stand on their page as in the sources', () => {
    const page = formatTolerances(allTolerances())
    expect(readSource(TOLERANCES_PAGE), 'write it with: node tools/front-door/run.mjs tools/tolerances.ts').toBe(page)
  })
})

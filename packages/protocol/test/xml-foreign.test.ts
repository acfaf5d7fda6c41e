// SPDX-License-Identifier: Apache-2.0
/** A strict reader that no one here wrote reads whatever was read tolerantly and written again. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { HmpError } from '../src/base/errors.ts'
import { formatLogSearch } from '../src/event/log-search.ts'
import { formatSubscription } from '../src/event/subscription.ts'
import { formatXml } from '../src/xml/format.ts'
import { parseXml } from '../src/xml/parse.ts'

const DOCUMENTS = 400

const piece = fc.oneof(
  fc.constantFrom(
    '<b>',
    '</b>',
    '<c/>',
    '<d e="',
    '" f=\'',
    "'/>",
    '"/>',
    '"></d>',
    '&amp;',
    '&',
    '&#0;',
    '&#55;',
    ']]>',
  ),
  fc.constantFrom(
    '<![CDATA[',
    '<!-- -- -->',
    '<?p?>',
    '\0',
    '\u0001',
    '\uFFFE',
    '\uD800',
    '\u00D7',
    'é',
    ' ',
    '\t',
    '\r',
    ':',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)

it.runIf(needs('xmllint'))('xmllint reads what we write of anything that we read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openhmp-xml-'))
  try {
    const asked = [
      formatSubscription(),
      formatLogSearch({ searchId: 'A & B', fromLocalMs: 0, toLocalMs: 1, position: 2 }),
    ]
    const files = asked.map((text, i) => {
      const path = join(folder, `asked-${i}.xml`)
      writeFileSync(path, text)
      return path
    })
    const inside = fc.sample(fc.array(piece, { maxLength: 12 }), { numRuns: DOCUMENTS * 50, seed: 1 })
    for (const pieces of inside) {
      if (files.length >= DOCUMENTS) break
      try {
        const text = formatXml(parseXml(`<a>${pieces.join('')}</a>`))
        files.push(join(folder, `${files.length}.xml`))
        writeFileSync(files.at(-1)!, text)
      } catch (error) {
        if (!(error instanceof HmpError)) throw error
      }
    }
    expect(files).toHaveLength(DOCUMENTS)
    const { stderr, status } = spawnSync('xmllint', ['--noout', '--nonet', ...files], { encoding: 'utf8' })
    // Prefixes that were never bound it mentions, as XML itself does not mind them.
    expect(stderr.split('\n').filter((line) => line.includes('parser error'))).toEqual([])
    expect(status).toBe(0)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

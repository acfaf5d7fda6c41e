// SPDX-License-Identifier: Apache-2.0
/** Rules of the house that neither the compiler nor the linter can hold: licence lines, links, size of files, count of packages. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSource, root, trackedFiles } from './sources.ts'

const MAX_DIRECT_PACKAGES = 40
const MAX_PACKAGES = 260
const MAX_LINES_WITHOUT_REASON = 500

const files = trackedFiles()
const code = files.filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.endsWith('.d.ts'))

describe('rules of the house', () => {
  it('names the licence in the first lines of every source', () => {
    const wrong = code.filter((path) => !readSource(path).slice(0, 200).includes('SPDX-License-Identifier: Apache-2.0'))
    expect(wrong.filter((path) => !path.endsWith('.config.ts'))).toEqual([])
  })

  it('has no long file without a reason in its header', () => {
    const long = code.filter((path) => readSource(path).split('\n').length > MAX_LINES_WITHOUT_REASON)
    expect(long.filter((path) => !/Long because/.test(readSource(path).slice(0, 1500)))).toEqual([])
  })

  it('has no dead link in its Markdown', () => {
    const dead = files
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) =>
        [...readSource(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
          .map((match) => match[1]!)
          .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(path), link)))
          .map((link) => `${path}: ${link}`),
      )
    expect(dead).toEqual([])
  })

  it('stays within the number of packages in production', () => {
    const lock = JSON.parse(readSource('package-lock.json')) as {
      packages: Record<
        string,
        { dev?: boolean; optional?: boolean; link?: boolean; dependencies?: Record<string, string> }
      >
    }
    const entries = Object.entries(lock.packages)
    const direct = new Set(
      entries
        .filter(([path]) => !path.includes('node_modules'))
        .flatMap(([, entry]) => Object.keys(entry.dependencies ?? {}))
        .filter((name) => !name.startsWith('@openhmp/')),
    )
    const installed = entries.filter(
      ([path, entry]) => path.includes('node_modules/') && !entry.dev && !entry.optional && !entry.link,
    )
    expect(direct.size).toBeLessThanOrEqual(MAX_DIRECT_PACKAGES)
    expect(installed.length).toBeLessThanOrEqual(MAX_PACKAGES)
  })
})

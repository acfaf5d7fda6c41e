// SPDX-License-Identifier: Apache-2.0
/** The repository's own sources, read once for the tests that hold the house's rules against them. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** Files that git tracks or would track, below the root. */
export const trackedFiles = (): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(root, path)))

export const readSource = (path: string): string => readFileSync(join(root, path), 'utf8')

export const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path) || /\/(test|dev)\//.test(path)

export interface Import {
  /** The file that imports, below the root. */
  readonly from: string
  /** As written: `node:fs`, `../rtp/packet.ts`, `@openhmp/protocol/rtp`. */
  readonly specifier: string
  /** For a relative import, the file it names, below the root. */
  readonly target: string | undefined
}

const importPattern =
  /(?:^|[\s;])(?:import|export)\s+(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

/** What a file imports, types and dynamic imports included. Comments are not looked into. */
export const importsOf = (path: string): Import[] => {
  const text = readSource(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
  return [...text.matchAll(importPattern)].map((match) => {
    const specifier = match[1] ?? match[2]!
    const target = specifier.startsWith('.') ? relative(root, join(root, dirname(path), specifier)) : undefined
    return { from: path, specifier, target }
  })
}

/** Rows of the Markdown table whose header line begins with `| ${firstHeader} |`, as cells. */
export const tableRows = (markdown: string, firstHeader: string): string[][] => {
  const lines = markdown.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${firstHeader} |`))
  if (start < 0) throw new Error(`no table that starts with "${firstHeader}"`)
  const rows: string[][] = []
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break
    rows.push(
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  }
  return rows
}

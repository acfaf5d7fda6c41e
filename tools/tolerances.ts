// SPDX-License-Identifier: Apache-2.0
/**
 * Gathers the `Tolerates:` lines of the sources into `docs/ref/tolerances.md`: what is forgiven, to whom, and where.
 * `node tools/front-door/run.mjs tools/tolerances.ts` writes the page; a test holds it against the sources.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isTest, readSource, root, trackedFiles } from './house/sources.ts'

/** Where the page is, below the root. */
export const TOLERANCES_PAGE = 'docs/ref/tolerances.md'

/** One thing that is forgiven. */
export interface Tolerance {
  /** Below the root. */
  readonly file: string
  /** `<who> <what>, though <rule>`, in one line. */
  readonly text: string
}

const MARK = 'Tolerates:'

/** The tolerances of one source text, in its order. A comment may go on over several lines, up to an empty one or its end. */
export const tolerancesOf = (source: string): string[] => {
  const found: string[] = []
  let current: string[] | undefined
  const close = (): void => {
    if (current) found.push(current.join(' ').replace(/\s+/g, ' ').trim())
    current = undefined
  }
  for (const line of source.split('\n')) {
    const comment = /^\s*(?:\/\/|\/\*\*?|\*(?!\/))\s?(.*?)\s*(\*\/)?$/.exec(line)
    const text = comment ? comment[1]! : (/\/\/\s*(Tolerates:.*)$/.exec(line)?.[1] ?? '')
    const marked = text.indexOf(MARK)
    if (marked >= 0) {
      close()
      current = [text.slice(marked + MARK.length)]
      if (!comment || comment[2]) close() // behind code, or a comment of one line: it does not go on
      continue
    }
    if (!comment || text === '') close()
    else current?.push(text)
    if (comment?.[2]) close()
  }
  close()
  return found
}

/** All of the repository, by file. */
export const allTolerances = (): Tolerance[] =>
  trackedFiles()
    .filter((file) => /^packages\/[^/]+\/src\/.*\.tsx?$/.test(file) && !isTest(file))
    .sort()
    .flatMap((file) => tolerancesOf(readSource(file)).map((text) => ({ file, text })))

/** The page's text. */
export const formatTolerances = (tolerances: readonly Tolerance[]): string => {
  const folders = Map.groupBy(tolerances, ({ file }) => file.split('/').slice(1, -1).join('/').replace('/src', ''))
  const sections = [...folders].map(([folder, rows]) => {
    const lines = rows.map(({ file, text }) => {
      const sentence = `${text[0]!.toUpperCase()}${text.slice(1)}`
      return `- ${sentence.replace(/[.;]?$/, '.')} [${file.split('/').at(-1)}](../../${file})`
    })
    return `## ${folder}\n\n${lines.join('\n')}\n`
  })
  return `# What is forgiven, and to whom

OpenHMP is strict in what it sends. In what it reads it is lenient only where a device, server or client in the field needs
it; each such place is marked in the sources. This page is gathered from those marks: do not edit it,
write \`node tools/front-door/run.mjs tools/tolerances.ts\`.

${tolerances.length} tolerances.

${sections.join('\n')}`
}

if (import.meta.main) writeFileSync(join(root, TOLERANCES_PAGE), formatTolerances(allTolerances()))

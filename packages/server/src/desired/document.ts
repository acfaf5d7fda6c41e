// SPDX-License-Identifier: Apache-2.0
/**
 * The file of the desired state: YAML in, rules out. A rule says which devices it means and what they should be; of two
 * rules that say something of the same field, the later one counts.
 *
 *   rules:
 *     - name: All cameras
 *       match: { model: DS-2CD*, tags: [outdoor], site: Harbour }
 *       settings:
 *         time: { mode: NTP, timeZone: CST-8:00:00 }
 *         stream: { main: { codec: h265, frameRate: 15 } }
 *         events: { motion: { isEnabled: true, isLinked: true } }
 */
import type { DesiredFault } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import { type Document, isCollection, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import type { Section } from './section.ts'

/** Rules of one file. */
export const MAX_RULES = 500

/** Which devices a rule means: all that fit everything named; a star stands for any characters. */
export const Match = z
  .strictObject({
    name: z.string().max(200),
    model: z.string().max(200),
    site: z.string().max(200),
    /** All of them. */
    tags: z.array(z.string().max(80)).max(50),
    ids: z.array(z.uuid()).max(10_000),
  })
  .partial()
export type Match = z.output<typeof Match>

/** What one rule wants: section key to fields. */
export interface Rule {
  readonly name: string
  readonly match: Match
  readonly wants: ReadonlyMap<string, Readonly<Record<string, unknown>>>
}

/** Reads a file against a catalogue of sections: rules, or every fault with its place. Never throws for a text. */
export const readDesired = (
  text: string,
  catalogue: readonly Section[],
): { readonly rules: readonly Rule[]; readonly faults: readonly DesiredFault[] } => {
  const lines = new LineCounter()
  // Aliases could make a small file grow without end (maxAliasCount bounds them when it is turned into values).
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const faultAt = (offset: number, path: string, said: string): DesiredFault => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1), path, text: said }
  }
  if (document.errors.length > 0)
    return { rules: [], faults: document.errors.map((error) => faultAt(error.pos[0], '', error.message)) }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? { rules: [] }
  } catch (error) {
    return { rules: [], faults: [faultAt(0, '', (error as Error).message)] }
  }
  const file = fileSchema(catalogue).safeParse(value)
  if (!file.success)
    return {
      rules: [],
      faults: file.error.issues.map((issue) => {
        const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path
        return faultAt(offsetOf(document, path), path.join('.'), sentenceOf(issue))
      }),
    }
  const rules = file.data.rules.map((rule, i): Rule => {
    const wants = new Map<string, Readonly<Record<string, unknown>>>()
    for (const { key } of catalogue) {
      const fields = at(rule.settings, key.split('.')) as Record<string, unknown> | undefined
      if (fields && Object.keys(fields).length > 0) wants.set(key, fields)
    }
    return { name: rule.name ?? `rule ${i + 1}`, match: rule.match ?? {}, wants }
  })
  return { rules, faults: [] }
}

/** As `readDesired`, but a file with faults is refused (`desired.file`), the first one named. */
export const mustReadDesired = (text: string, catalogue: readonly Section[]): readonly Rule[] => {
  const { rules, faults } = readDesired(text, catalogue)
  const [first] = faults
  if (!first) return rules
  const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`
  throw new Refusal('invalid', 'desired.file', `line ${first.line}, ${first.path || 'the file'}: ${first.text}${more}`)
}

const fileSchema = (catalogue: readonly Section[]) =>
  z.strictObject({
    rules: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(120).optional(),
          match: Match.optional(),
          settings: settingsSchema(catalogue),
        }),
      )
      .max(MAX_RULES),
  })

/** `stream.main` and `stream.sub` stand under one `stream`. */
const settingsSchema = (catalogue: readonly Section[]): z.ZodType => {
  const shape: Record<string, z.ZodType> = {}
  const groups = new Map<string, Record<string, z.ZodType>>()
  for (const { key, schema } of catalogue) {
    const [first, second] = key.split('.') as [string, string | undefined]
    const fields = z.strictObject(schema.shape).partial()
    if (second === undefined) shape[first] = fields.optional()
    else groups.set(first, { ...groups.get(first), [second]: fields.optional() })
  }
  for (const [name, group] of groups) shape[name] = z.strictObject(group).optional()
  return z.strictObject(shape)
}

const at = (value: unknown, path: readonly string[]): unknown => {
  let here = value
  for (const key of path) here = (here as Record<string, unknown> | undefined)?.[key]
  return here
}

/** Where the deepest part of a path that is there begins. */
const offsetOf = (document: Document, path: readonly PropertyKey[]): number => {
  for (let depth = path.length; depth > 0; depth--) {
    const keys = path.slice(0, depth)
    const parent = document.getIn(keys.slice(0, -1), true)
    if (!isCollection(parent)) continue
    const items = parent.items as { key?: { value?: unknown; range?: [number, number, number] }; range?: [number] }[]
    const last = keys.at(-1)
    const item = typeof last === 'number' ? items[last] : items.find((one) => one.key?.value === last)
    const start = item?.key?.range?.[0] ?? item?.range?.[0]
    if (start !== undefined) return start
  }
  return 0
}

const sentenceOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys' ? `"${issue.keys[0]}" is not known here` : issue.message

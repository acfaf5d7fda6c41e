// SPDX-License-Identifier: Apache-2.0
/** Tables for people: frames and colours on a terminal; plain columns, which `cut` and `awk` understand, elsewhere. */
import Table from 'cli-table3'
import type { Output } from './output.ts'

type Cell = string | number | boolean | undefined | null

/** Rows under their heads. */
export function formatTable(output: Output, head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = new Table({
    head: head.map((name) => output.paint('bold', name)),
    style: { head: [], border: output.isTerminal ? ['grey'] : [], compact: true },
    ...(output.isTerminal ? {} : { chars: plain }),
  })
  for (const row of rows) table.push(row.map((cell) => String(cell ?? '')))
  return table.toString()
}

/** Names and values, one a line. */
export function formatFacts(output: Output, facts: readonly (readonly [string, Cell])[]): string {
  const shown = facts.filter(([, value]) => value !== undefined && value !== null && value !== '')
  const width = Math.max(0, ...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${output.paint('dim', name.padEnd(width))}  ${value}`).join('\n')
}

const edges = ['top', 'bottom', 'mid', 'left', 'right'] as const
const plain = Object.fromEntries([
  ...edges.flatMap((edge) => ['', '-mid', '-left', '-right'].map((part) => [`${edge}${part}`, ''] as const)),
  ['middle', ' '],
])

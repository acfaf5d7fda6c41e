// SPDX-License-Identifier: Apache-2.0
/** What a change of a device's setting came to, for people. */
import type { Changed, DocumentDifference } from '@openhmp/client'
import type { Output } from './output.ts'
import { formatTable } from './table.ts'

type Values = Readonly<Record<string, unknown>>

/** Before and after of each value, and where the device did something else than it was told. */
export function formatChanged<Value extends object>(output: Output, changed: Changed<Value>): string {
  const before = changed.before as Values
  const after = changed.after as Values
  const names = Object.keys(after).filter((name) => before[name] !== undefined || after[name] !== undefined)
  const rows = names.map((name) => {
    const [was, is] = [textOf(before[name]), textOf(after[name])]
    return [name, was, was === is ? is : output.paint('green', is)]
  })
  const table = formatTable(output, ['setting', 'before', 'now'], rows)
  return [table, ...describeDifferences(output, changed.differences)].join('\n')
}

/** A line for each place where the device did something else than it was told. */
export const describeDifferences = (output: Output, differences: readonly DocumentDifference[]): string[] =>
  differences.map(({ place, told, is }) =>
    output.paint('yellow', `${place}: told ${told ?? 'nothing'}, the device made it ${is ?? 'nothing'}`),
  )

const textOf = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

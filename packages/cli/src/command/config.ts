// SPDX-License-Identifier: Apache-2.0
/** `hmp config`: what is in force, and where it comes from. */
import { readSettings, shownValue } from '../config/config.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

export function runConfig(output: Output): void {
  const shown = readSettings().map((setting) => ({ ...setting, value: shownValue(setting) ?? null }))
  output.document(Object.fromEntries(shown.map(({ name, value, from }) => [name, { value, from }])), () =>
    formatTable(
      output,
      ['setting', 'value', 'from', 'variable'],
      shown.map(({ name, value, from, variable }) => [name, value ?? '(none)', from, variable]),
    ),
  )
}

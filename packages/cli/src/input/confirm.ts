// SPDX-License-Identifier: Apache-2.0
/** A question that wants a yes. */
import { createInterface } from 'node:readline/promises'
import { UsageError } from '../output/failure.ts'

/** True for a yes. Throws UsageError with `otherwise` when there is nobody to ask. */
export async function confirm(question: string, otherwise: string): Promise<boolean> {
  if (process.stdin.isTTY !== true) throw new UsageError(otherwise)
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim())
  } finally {
    reader.close()
  }
}

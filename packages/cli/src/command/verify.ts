// SPDX-License-Identifier: Apache-2.0
/** `hmp verify`: whether the audit of a CMS is whole. */
import { verifyAudit } from '@openhmp/server'
import { readConfig } from '../config/config.ts'
import type { Output } from '../output/output.ts'

/** Sets exit code 1 when something is not as it was written. */
export function runVerify(options: { readonly data?: string }, output: Output): void {
  const { data, keyFile } = readConfig({ ...options })
  const report = verifyAudit({ dataDir: data, keyFile })
  const { rows, checkpoints, heldUntil, faults, isMore } = report
  output.document(report, () =>
    [
      ...faults.map(({ text }) => output.paint('red', text)),
      ...(isMore ? ['and more'] : []),
      `${rows} rows, ${checkpoints} checkpoints, the last at row ${heldUntil}: ${faults.length === 0 ? 'whole' : 'not whole'}.`,
    ].join('\n'),
  )
  if (faults.length > 0) process.exitCode = 1
}

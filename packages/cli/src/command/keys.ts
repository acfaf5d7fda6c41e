// SPDX-License-Identifier: Apache-2.0
/** `hmp keys`: the keys that seal the secrets of a CMS, and another one. */
import { ListKeys, RotateKey } from '@openhmp/contract'
import { Cms } from '../cms/cms.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

export async function runKeys(output: Output): Promise<void> {
  const { keys } = await new Cms().call(ListKeys, {})
  output.document({ keys }, () =>
    formatTable(
      output,
      ['key', 'seals', 'values sealed'],
      keys.map(({ name, isNewest, sealed }) => [name, isNewest ? 'now' : 'no more', sealed]),
    ),
  )
}

/** Sets exit code 1 when something is left that no key opens. */
export async function runRotateKey(output: Output): Promise<void> {
  const rotated = await new Cms().call(RotateKey, {})
  const { name, resealed, unopened } = rotated
  output.document(rotated, () =>
    [
      `Key ${name} seals from now on; ${resealed} values were sealed anew.`,
      ...(unopened > 0 ? [output.paint('red', `${unopened} values open with no key, and stay as they are.`)] : []),
      'The old key leaves the key file at the next start. Take a copy of the key file now; keep the old copy as long as backups of before.',
    ].join('\n'),
  )
  if (unopened > 0) process.exitCode = 1
}

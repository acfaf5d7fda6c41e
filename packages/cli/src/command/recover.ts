// SPDX-License-Identifier: Apache-2.0
/** `hmp recover`: a way back in for who has the machine but not the password. */
import { systemClock } from '@openhmp/client'
import { recover } from '@openhmp/server'
import { readConfig } from '../config/config.ts'
import type { Output } from '../output/output.ts'

export async function runRecover(
  name: string | undefined,
  options: { readonly data?: string },
  output: Output,
): Promise<void> {
  const { data } = readConfig({ ...options })
  const given = await recover({ dataDir: data, name, now: () => systemClock.now() })
  output.document(given, () =>
    [
      `${given.name} signs in once with this password, and is asked for another then: ${output.paint('bold', given.password)}`,
      'Second proofs and sessions of this account are gone. The audit says that this was done.',
    ].join('\n'),
  )
}

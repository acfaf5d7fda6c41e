// SPDX-License-Identifier: Apache-2.0
/** Shows the CMS once more who is there: it asks for that before what is dangerous, some minutes after a sign-in. */
import type { Factors, Input, ProveIdentity } from '@openhmp/contract'
import { readCode } from '../input/code.ts'
import { readPassword } from '../input/password.ts'

/** What is shown to the CMS. */
type Proof = Input<(typeof ProveIdentity)['body']>

/** A code where the account has an app, else the password. Throws UsageError when there is nobody to ask. */
export async function readProof(
  { hasApp, passkeys, recoveryLeft }: Factors,
  user: string,
  address: string,
): Promise<Proof> {
  if (!hasApp && passkeys.length === 0) return { password: await readPassword(user, address, 'HMP_PASSWORD') }
  const ways = [...(hasApp ? (['code'] as const) : []), ...(recoveryLeft > 0 ? (['recovery'] as const) : [])]
  return { code: await readCode(user, address, ways) }
}

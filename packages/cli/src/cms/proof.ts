// SPDX-License-Identifier: Apache-2.0
/** Shows the CMS once more who is there: it asks for that before what is dangerous, some minutes after a sign-in. */
import { GetFactors, ProveIdentity } from '@openhmp/contract'
import { readCode } from '../input/code.ts'
import { readPassword } from '../input/password.ts'
import type { Cms } from './cms.ts'

/** Asks for a code where the account has an app, else for the password. Throws UsageError when there is nobody to ask. */
export async function prove(cms: Pick<Cms, 'call' | 'url'>, user: string): Promise<void> {
  const address = new URL(cms.url).host
  const { hasApp, passkeys, recoveryLeft } = await cms.call(GetFactors, {})
  if (!hasApp && passkeys.length === 0) {
    const password = await readPassword(user, address, 'HMP_PASSWORD')
    await cms.call(ProveIdentity, { body: { password } })
    return
  }
  const code = await readCode(user, address, [
    ...(hasApp ? (['code'] as const) : []),
    ...(recoveryLeft > 0 ? (['recovery'] as const) : []),
  ])
  await cms.call(ProveIdentity, { body: { code } })
}

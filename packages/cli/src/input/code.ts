// SPDX-License-Identifier: Apache-2.0
/** The second step of a sign-in: a code of an authenticator app, or a recovery code. */
import type { SecondStep } from '@openhmp/contract'
import { UsageError } from '../output/failure.ts'
import { readSecret } from './password.ts'

/** From `HMP_CODE`, else asked for. Throws UsageError where there is only a passkey, which needs a browser. */
export async function readCode(user: string, address: string, ways: SecondStep['ways']): Promise<string> {
  if (!ways.includes('code') && !ways.includes('recovery'))
    throw new UsageError('this account signs in with a passkey: make a token in the console and set HMP_TOKEN')
  return readSecret(
    `${ways.includes('code') ? 'Code of the app' : 'Recovery code'} of ${user} at ${address}`,
    'HMP_CODE',
  )
}

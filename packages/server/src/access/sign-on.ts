// SPDX-License-Identifier: Apache-2.0
/** Signing in with what another keeps, put together: settings, the provider, and who comes in that way. */
import type { Clock } from '@openhmp/protocol/base'
import type { ReachOptions } from '../fleet/reach.ts'
import type { Sealer } from '../secret/sealer.ts'
import type { Store } from '../store/store.ts'
import type { Accounts } from './accounts.ts'
import { Identities } from './identities.ts'
import { Oidc } from './oidc.ts'
import type { Sessions } from './sessions.ts'
import { SignOnStore } from './sign-on-settings.ts'

/** The parts that the routes and the sign-in ask. */
export interface SignOn {
  readonly settings: SignOnStore
  readonly oidc: Oidc
  readonly identities: Identities
}

/** What it is made of. */
export interface SignOnParts {
  readonly store: Store
  readonly sealer: Sealer
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly clock: Clock
  readonly reach: ReachOptions
}

export const openSignOn = async ({ store, sealer, accounts, sessions, clock, reach }: SignOnParts): Promise<SignOn> => {
  const now = () => clock.now()
  const settings = await SignOnStore.open(store, sealer)
  return {
    settings,
    oidc: new Oidc({ reach, now, monotonic: () => clock.monotonic(), account: () => settings.oidc() }),
    identities: await Identities.open({ store, accounts, sessions, settings: () => settings.shown, now }),
  }
}

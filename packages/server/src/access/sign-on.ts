// SPDX-License-Identifier: Apache-2.0
/** Signing in with what another keeps, put together: settings, the provider, and who comes in that way. */
import type { Clock } from '@openhmp/protocol/base'
import type { ReachOptions } from '../fleet/reach.ts'
import type { Sealer } from '../secret/sealer.ts'
import type { Store } from '../store/store.ts'
import type { Elsewhere } from './access.ts'
import type { Accounts } from './accounts.ts'
import { Directory } from './directory.ts'
import { Identities } from './identities.ts'
import { Oidc } from './oidc.ts'
import type { Sessions } from './sessions.ts'
import { SignOnStore } from './sign-on-settings.ts'

/** The parts that the routes and the sign-in ask. */
export interface SignOn {
  readonly settings: SignOnStore
  readonly oidc: Oidc
  readonly directory: Directory
  readonly identities: Identities
  readonly elsewhere: Elsewhere
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
  const identities = await Identities.open({ store, accounts, sessions, settings: () => settings.shown, now })
  const directory = new Directory({ reach, account: () => settings.directory() })
  return {
    ...{ settings, identities, directory },
    oidc: new Oidc({ reach, now, monotonic: () => clock.monotonic(), account: () => settings.oidc() }),
    elsewhere: {
      check: async (given) => {
        const proof = await directory.check(given)
        return proof && identities.enter(proof)
      },
      mayUsePassword: (account) => settings.shown.passwords === 'everybody' || accounts.isOwner(account),
    },
  }
}

// SPDX-License-Identifier: Apache-2.0
/** Nobody gives what they do not have, and have always: what holds for some hours would be given for all. */
import type { Grant, Permission } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Accounts } from './accounts.ts'
import { can, type SignedIn, SYSTEM } from './can.ts'

/** Throws `Refusal` `person.more` unless the user may do all of this everywhere, at any hour. */
export const mustHave = (accounts: Accounts, user: SignedIn, permissions: Iterable<Permission>): void => {
  const missing = [...permissions].filter((one) => !can(user, one, SYSTEM) || !accounts.hasAlways(user.id, one))
  if (missing.length > 0)
    throw new Refusal('forbidden', 'person.more', `you may not always do this yourself: ${missing.join(', ')}`)
}

/** The same for what roles allow. */
export const mustHaveGrants = (accounts: Accounts, user: SignedIn, grants: readonly Grant[]): void =>
  mustHave(
    accounts,
    user,
    grants.flatMap(({ role }) => [...accounts.permissionsOf(role)]),
  )

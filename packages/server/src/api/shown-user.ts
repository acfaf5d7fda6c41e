// SPDX-License-Identifier: Apache-2.0
/** Who is signed in, as the console is told. */
import { Permission, type User } from '@openhmp/contract'
import type { Account } from '../access/accounts.ts'
import { can, canSomewhere, type SignedIn, SYSTEM } from '../access/can.ts'

/** What they may do, somewhere and everywhere. */
export const shownUser = (user: SignedIn | Account, wall?: string): User => ({
  name: user.name,
  permissions: Permission.options.filter((action) => canSomewhere(user, action)),
  everywhere: Permission.options.filter((action) => can(user, action, SYSTEM)),
  ...('mustChangePassword' in user && user.mustChangePassword ? { mustChangePassword: true } : {}),
  ...(wall === undefined ? {} : { wall }),
})

// SPDX-License-Identifier: Apache-2.0
/** The session of a person at their own account: no program's token, no screen of a control room, no first password. */
import { Refusal } from '@openhmp/protocol/base'
import { type Session, signInFirst } from '../access/sessions.ts'
import type { Call } from './handle.ts'

/** Throws `Refusal` `session.missing`, `token.limited`, `wall.limited`, and `password.change-first` unless `isFirst`. */
export const ownSession = ({ session }: Pick<Call, 'session'>, isFirst = false): Session => {
  if (!session) throw signInFirst()
  if (session.lease) throw new Refusal('forbidden', 'token.limited', 'a token may not see or change its account')
  if (session.wall !== undefined)
    throw new Refusal('forbidden', 'wall.limited', 'a screen of a control room may not see or change its account')
  const { user } = session
  if (!isFirst && 'mustChangePassword' in user && user.mustChangePassword === true)
    throw new Refusal('forbidden', 'password.change-first', 'somebody else gave you this password: take another first')
  return session
}

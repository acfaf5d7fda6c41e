// SPDX-License-Identifier: Apache-2.0
/**
 * The way back in for an owner who is locked out: who can write to the data folder gives an account a password for one
 * sign-in, and takes its second proofs and sessions away. The server must not be running, and the audit says so.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '@openhmp/protocol/base'
import { Audit } from '../audit/audit.ts'
import { Secret } from '../secret/secret.ts'
import { Store } from '../store/store.ts'
import { Accounts } from './accounts.ts'
import { ADMINISTRATOR } from './built-in-roles.ts'
import { nameKeyOf } from './name-key.ts'
import { type PasswordCost, Passwords } from './password.ts'
import { base32 } from './totp.ts'

const PASSWORD_BYTES = 15

/** Whose account, and where. */
export interface RecoverOptions {
  readonly dataDir: string
  /** Default: the only administrator. */
  readonly name?: string | undefined
  readonly passwordCost?: PasswordCost
  now(): number
}

/** Gives the password to sign in with. Throws `Refusal` `store.*`, `person.unknown`, `recover.whom`. */
export const recover = async (
  options: RecoverOptions,
): Promise<{ readonly name: string; readonly password: string }> => {
  const { dataDir, now } = options
  if (!existsSync(join(dataDir, 'openhmp.db')))
    throw new Refusal('not-found', 'recover.absent', `there is no data of a CMS in ${dataDir}`)
  await using store = await Store.open({ dataDir, now, onCrash: () => {} })
  const accounts = await Accounts.open(store, now)
  const audit = await Audit.open(store, now)
  const { id, name } = find(accounts, options.name)
  const password = base32(randomBytes(PASSWORD_BYTES))
    .replaceAll(/(.{6})(?=.)/g, '$1-')
    .toLowerCase()
  const passwordHash = await new Passwords(options.passwordCost).hash(new Secret(password))
  await accounts.change(id, { passwordHash, mustChangePassword: true, isDisabled: false })
  const { db } = store
  await store.write([
    db.deleteFrom('secondFactor').where('userId', '=', id),
    db.deleteFrom('passkey').where('userId', '=', id),
    db.deleteFrom('session').where('userId', '=', id),
  ])
  await audit.record({
    who: 'hmp recover',
    source: '',
    action: 'account.recover',
    object: id,
    outcome: 'done',
    detail: { name },
  })
  return { name, password }
}

const find = (accounts: Accounts, name: string | undefined) => {
  const all = accounts.list()
  if (name !== undefined) {
    const found = all.find((one) => nameKeyOf(one.name) === nameKeyOf(name))
    if (found) return found
    throw new Refusal('not-found', 'person.unknown', `there is no account ${JSON.stringify(name)}`)
  }
  const owners = all.filter(({ grants }) =>
    grants.some(({ role, scope }) => role === ADMINISTRATOR && scope.kind === 'all'),
  )
  if (owners.length === 1) return owners[0]!
  const names = owners.map((one) => one.name).join(', ')
  throw new Refusal(
    'invalid',
    'recover.whom',
    `say whose account: ${names === '' ? 'no administrator has one' : names}`,
  )
}

// SPDX-License-Identifier: Apache-2.0
/**
 * People for whom another vouches. An account is tied to (issuer, subject), which never change hands; names and addresses of
 * mail do, and tie nothing. Who is not known waits until an administrator lets them in, or is made by their groups.
 */
import { randomUUID } from 'node:crypto'
import { type Grant, type GroupGrant, type SignOnSettings, SignOnWay, type Waiting } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Store } from '../store/store.ts'
import type { Account, Accounts } from './accounts.ts'
import { nameKeyOf } from './name-key.ts'
import type { Sessions } from './sessions.ts'

/** Of those who wait, the oldest gives way. */
export const MAX_WAITING_PEOPLE = 100
/** Groups of one person that are looked at. */
export const MAX_GROUPS = 1000
/** Rights that groups give one person. */
const MAX_GRANTS = 50
const MAX_SUBJECT = 500
/** Groups that are told of somebody who waits. */
const MAX_SHOWN_GROUPS = 50

/** Who somebody is, shown by whom we trust for it. */
export interface Proof {
  readonly way: SignOnWay
  readonly issuer: string
  readonly subject: string
  readonly name: string
  readonly groups: readonly string[]
  /** When they showed it, in ms since 1970, where that is not now: undefined when nobody says. */
  readonly shownAt?: number | undefined
}

interface Identity {
  readonly userId: string
  readonly way: SignOnWay
  readonly issuer: string
  readonly subject: string
  /** Rights are those of their groups, at each sign-in anew. */
  readonly followsGroups: boolean
}

/** What identities are made of. */
export interface IdentityParts {
  readonly store: Store
  readonly accounts: Accounts
  readonly sessions: Pick<Sessions, 'endOf'>
  settings(): Pick<SignOnSettings, 'groups' | 'makesPeople'>
  now(): number
}

const keyOf = ({ issuer, subject }: Pick<Identity, 'issuer' | 'subject'>): string => JSON.stringify([issuer, subject])

/** Of a directory a group is its whole name, since another unit may have one of the same short name; case and blanks do not matter. */
const groupKey = (way: SignOnWay, group: string): string =>
  way === 'directory' ? group.toLowerCase().replace(/\s*([,=])\s*/g, '$1') : group

/** A name as people are called here: what could not be read is left out. */
const plainName = (name: string, subject: string): string =>
  [name, subject, 'somebody']
    .map((one) => one.replace(/[\p{Cc}\p{Cf}]/gu, '').trim())
    .find((one) => one !== '')!
    .slice(0, 80)
    .trim()

/** All of them. */
export class Identities {
  readonly #parts: IdentityParts
  readonly #byKey = new Map<string, Identity>()
  readonly #waiting = new Map<string, { readonly proof: Proof; readonly id: string; readonly at: number }>()
  #tail: Promise<unknown> = Promise.resolve()

  private constructor(parts: IdentityParts) {
    this.#parts = parts
  }

  static async open(parts: IdentityParts): Promise<Identities> {
    const identities = new Identities(parts)
    for (const { way, followsGroups, ...rest } of await parts.store.db.selectFrom('identity').selectAll().execute())
      identities.#hold({ ...rest, way: SignOnWay.parse(way), followsGroups: followsGroups === 1 })
    parts.accounts.onChange(({ id }) => {
      if (parts.accounts.find(id)) return
      for (const [key, { userId }] of identities.#byKey) if (userId === id) identities.#byKey.delete(key)
    })
    return identities
  }

  /** Those who come in this way. */
  peopleOf(way: SignOnWay): string[] {
    return [...this.#byKey.values()].filter((one) => one.way === way).map(({ userId }) => userId)
  }

  /** Those whose rights are set anew at each sign-in. */
  followers(): string[] {
    return [...this.#byKey.values()].filter(({ followsGroups }) => followsGroups).map(({ userId }) => userId)
  }

  /** The account of who has shown who they are. Throws `Refusal` `signOn.unknown`, `signOn.no-group`, `person.many`. */
  enter(proof: Proof): Promise<Account> {
    return this.#inOrder(() => this.#enter(proof))
  }

  async #enter(proof: Proof): Promise<Account> {
    const { accounts, sessions, settings } = this.#parts
    if (proof.subject === '' || proof.subject.length > MAX_SUBJECT)
      throw new Refusal('invalid', 'signOn.subject', 'the answer names nobody: its subject is empty or too long')
    const known = this.#byKey.get(keyOf(proof))
    const { makesPeople, groups: table } = settings()
    const grants = this.#grantsOf(proof, table)
    if (!known) {
      const name = plainName(proof.name, proof.subject)
      const isTaken = accounts.list().some((one) => nameKeyOf(one.name) === nameKeyOf(name))
      if (makesPeople && grants.length > 0 && !isTaken) return this.#make(proof, name, grants, true)
      this.#await(proof)
      const text = 'you have shown who you are, but nobody has let you in yet: ask an administrator'
      throw new Refusal('forbidden', 'signOn.unknown', text)
    }
    const account = accounts.get(known.userId)
    if (!known.followsGroups) return account
    if (JSON.stringify(account.grants) !== JSON.stringify(grants)) await accounts.change(account.id, { grants })
    if (grants.length > 0) return account
    await sessions.endOf(account.id)
    throw new Refusal('forbidden', 'signOn.no-group', 'none of your groups may do anything here: ask an administrator')
  }

  /** Newest first. */
  waiting(): Waiting[] {
    return [...this.#waiting.values()].reverse().map(({ id, at, proof: { way, name, subject, groups } }) => ({
      ...{ id, way, subject, at: new Date(at).toISOString() },
      name: plainName(name, subject),
      groups: [...groups],
    }))
  }

  /** Throws `Refusal` `signOn.gone`, `person.many`, `person.exists`, `role.unknown`. */
  letIn(id: string, name: string, grants: readonly Grant[]): Promise<Account> {
    return this.#inOrder(() => this.#make(this.#whoWaits(id), name, grants, false))
  }

  /** Gives who waits an account that is here, whose password is none any more. Throws `Refusal` `signOn.gone`, `person.*`. */
  tie(id: string, person: string): Promise<Account> {
    return this.#inOrder(async () => {
      const { accounts, sessions } = this.#parts
      const proof = this.#whoWaits(id)
      const { row, tie } = this.#tieOf(proof, person, false)
      const account = await accounts.change(person, { passwordHash: '', mustChangePassword: false, with: [tie] })
      this.#hold(row)
      this.#waiting.delete(keyOf(proof))
      // Whoever knew the password is let go.
      await sessions.endOf(person)
      return account
    })
  }

  #whoWaits(id: string): Proof {
    const found = [...this.#waiting.values()].find((one) => one.id === id)
    if (!found) throw new Refusal('not-found', 'signOn.gone', 'they do not wait any more: let them sign in again')
    return found.proof
  }

  async #make(proof: Proof, name: string, grants: readonly Grant[], followsGroups: boolean): Promise<Account> {
    const id = randomUUID()
    const { row, tie } = this.#tieOf(proof, id, followsGroups)
    const account = await this.#parts.accounts.add({ id, name, passwordHash: '', grants, with: [tie] })
    this.#hold(row)
    this.#waiting.delete(keyOf(proof))
    return account
  }

  #tieOf({ way, issuer, subject }: Proof, userId: string, followsGroups: boolean) {
    const { store, now } = this.#parts
    const row: Identity = { userId, way, issuer, subject, followsGroups }
    const values = { ...row, followsGroups: followsGroups ? 1 : 0, createdAt: now() }
    return { row, tie: store.db.insertInto('identity').values(values) }
  }

  #grantsOf({ way, groups }: Proof, table: readonly GroupGrant[]): Grant[] {
    const theirs = new Set(groups.map((group) => groupKey(way, group)))
    const roles = new Set(this.#parts.accounts.roles().map(({ id }) => id))
    const all = table.filter(({ group, grant }) => theirs.has(groupKey(way, group)) && roles.has(grant.role))
    const distinct = new Map(all.map(({ grant }) => [JSON.stringify(grant), grant]))
    return [...distinct.values()].slice(0, MAX_GRANTS)
  }

  #await(proof: Proof): void {
    const key = keyOf(proof)
    const id = this.#waiting.get(key)?.id ?? randomUUID()
    this.#waiting.delete(key)
    const groups = proof.groups.slice(0, MAX_SHOWN_GROUPS)
    this.#waiting.set(key, { proof: { ...proof, groups }, id, at: this.#parts.now() })
    if (this.#waiting.size > MAX_WAITING_PEOPLE) this.#waiting.delete(this.#waiting.keys().next().value!)
  }

  #hold(identity: Identity): void {
    this.#byKey.set(keyOf(identity), identity)
  }

  /** One after the other: two first sign-ins of one person would make two accounts. */
  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work)
    this.#tail = done.catch(() => {}) // the caller hears of it
    return done
  }
}

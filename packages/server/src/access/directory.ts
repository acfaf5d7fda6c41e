// SPDX-License-Identifier: Apache-2.0
/**
 * Passwords that a directory keeps (LDAP, RFC 4511): the person is looked up with an account of ours, then the directory is
 * asked for their password by a bind. Always over TLS with a checked certificate; referrals are not followed.
 */
import { randomUUID } from 'node:crypto'
import { Refusal } from '@openhmp/protocol/base'
import type { Client, Entry } from 'ldapts'
import type { ReachOptions } from '../fleet/reach.ts'
import { Secret } from '../secret/secret.ts'
import { type DirectoryLine, dialDirectory } from './directory-line.ts'
import { directoryRefusal, isMoreThanAsked, isWrongPassword } from './directory-refusal.ts'
import { MAX_GROUPS, type Proof } from './identities.ts'
import type { DirectoryAccount } from './sign-on-settings.ts'

/** Asked at a time; more are refused. */
export const MAX_ASKED = 16
/** Longest name that is looked up. */
const MAX_NAME = 80

/** What it is made of. */
export interface DirectoryParts {
  readonly reach: ReachOptions
  account(): DirectoryAccount | undefined
}

interface Found {
  readonly dn: string
  readonly proof: Proof
}

/** Text in a filter, whatever stands in it (RFC 4515 section 3). */
export const escapeFilter = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) =>
      byte < 0x80 && /[a-z0-9 @._-]/i.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `\\${byte.toString(16).padStart(2, '0')}`,
    )
    .join('')

/** `{name}` and `{dn}` stand for what is known of a person; it is put in at once, so that nothing in it is looked at again. */
export const fillFilter = (filter: string, known: Readonly<Record<string, string>>): string =>
  filter.replace(/\{(name|dn)\}/g, (whole, key: string) =>
    known[key] === undefined ? whole : escapeFilter(known[key]),
  )

const textOf = (value: Entry[string] | undefined): string => {
  const first = Array.isArray(value) ? value[0] : value
  return first === undefined ? '' : Buffer.isBuffer(first) ? first.toString('utf8') : first
}

const textsOf = (value: Entry[string] | undefined): string[] =>
  (Array.isArray(value) ? value : value === undefined ? [] : [value]).map((one) => String(one))

/** Attribute names are told in the directory's own case. */
const attributeOf = (entry: Entry, name: string): Entry[string] | undefined =>
  entry[name] ?? Object.entries(entry).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]

/** The directory that is set. */
export class Directory {
  readonly #parts: DirectoryParts
  #asked = 0

  constructor(parts: DirectoryParts) {
    this.#parts = parts
  }

  /**
   * Who this is, or undefined when name or password is wrong. With `isDecoy` the answer is undefined, and takes as long: for
   * names that are no business of the directory. Throws `Refusal` `directory.*`, `login.busy`.
   */
  async check(given: { name: string; password: Secret; isDecoy: boolean }): Promise<Proof | undefined> {
    const account = this.#parts.account()
    if (!account) return undefined
    if (this.#asked >= MAX_ASKED)
      throw new Refusal('unavailable', 'login.busy', 'too many sign-ins at once: try again in a moment')
    this.#asked++
    try {
      return await this.#on(account, async ({ client }) => {
        // An empty password would be an anonymous bind, which succeeds (RFC 4513 section 5.1.2).
        const isAsked = !given.isDecoy && given.password.reveal() !== '' && given.name.length <= MAX_NAME
        const found = await this.#find(client, account, isAsked ? given.name : randomUUID())
        const { dn, password } =
          found && isAsked
            ? { dn: found.dn, password: given.password }
            : { dn: `cn=${randomUUID()},${account.base}`, password: new Secret(randomUUID()) }
        const isRight = await bind(client, dn, password)
        return isRight && isAsked ? found?.proof : undefined
      })
    } finally {
      this.#asked--
    }
  }

  /** What is wrong with these settings, or that nothing is. */
  async try(account: DirectoryAccount): Promise<{ isGood: boolean; code: string; text: string }> {
    try {
      const { base, filter, idAttribute } = account
      const count = await this.#on(account, async ({ client }) => {
        const found = await client
          .search(base, {
            sizeLimit: 1,
            timeLimit: 5,
            filter: `(&${filter.replaceAll('{name}', '*')}(${idAttribute}=*))`,
          })
          .catch((error: unknown) => {
            if (isMoreThanAsked(error)) return undefined
            throw error
          })
        return found?.searchEntries.length ?? 2
      })
      if (count > 0)
        return { isGood: true, code: 'directory.good', text: `${account.url} answers, and people are there` }
      const text = `the directory answers, but nobody with ${idAttribute} is found: look at the base and the filter`
      return { isGood: false, code: 'directory.nobody', text }
    } catch (error) {
      const { code, message } = directoryRefusal(error)
      return { isGood: false, code, text: message }
    }
  }

  async #on<T>(account: DirectoryAccount, work: (line: DirectoryLine) => Promise<T>): Promise<T> {
    try {
      await using line = await dialDirectory(account, this.#parts.reach)
      const { bindDn, secret } = account
      const login = async () => {
        if (bindDn !== '' && !(await bind(line.client, bindDn, secret ?? new Secret('-'))))
          throw new Refusal(
            'unavailable',
            'directory.account',
            'the directory does not know the account of this server',
          )
        return work(line)
      }
      return await Promise.race([login(), line.late])
    } catch (error) {
      throw directoryRefusal(error)
    }
  }

  async #find(client: Client, account: DirectoryAccount, name: string): Promise<Found | undefined> {
    const { base, filter, idAttribute, nameAttribute, groupsAttribute, groupFilter } = account
    const options = { scope: 'sub', derefAliases: 'never', timeLimit: 5 } as const
    const asked = {
      ...{ ...options, filter: fillFilter(filter, { name }), sizeLimit: 2, explicitBufferAttributes: [idAttribute] },
      attributes: [idAttribute, nameAttribute, groupsAttribute],
    }
    // Two are asked for: a filter that finds several people lets none of them in.
    const { searchEntries } = await client.search(base, asked).catch((error: unknown) => {
      if (isMoreThanAsked(error)) return { searchEntries: [] }
      throw error
    })
    const [entry] = searchEntries
    let groups = entry ? textsOf(attributeOf(entry, groupsAttribute)) : []
    if (groupFilter !== '') {
      const filled = fillFilter(groupFilter, { name, dn: entry?.dn ?? `cn=${name},${base}` })
      const found = await client.search(base, {
        ...options,
        filter: filled,
        sizeLimit: MAX_GROUPS,
        attributes: ['1.1'],
      })
      groups = found.searchEntries.map(({ dn }) => dn)
    }
    if (!entry || searchEntries.length > 1) return undefined
    const id = attributeOf(entry, idAttribute)
    const bytes = Array.isArray(id) ? id[0] : id
    // Active Directory keeps it as sixteen bytes.
    const isBytes = Buffer.isBuffer(bytes) && idAttribute.toLowerCase() === 'objectguid'
    const subject = isBytes ? bytes.toString('hex') : textOf(id)
    const shown = { name: textOf(attributeOf(entry, nameAttribute)), groups: groups.slice(0, MAX_GROUPS) }
    return { dn: entry.dn, proof: { way: 'directory', issuer: `ldap ${base.toLowerCase()}`, subject, ...shown } }
  }
}

const bind = async (client: Client, dn: string, password: Secret): Promise<boolean> => {
  try {
    await client.bind(dn, password.reveal())
    return true
  } catch (error) {
    if (isWrongPassword(error)) return false
    throw error
  }
}

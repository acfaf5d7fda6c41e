// SPDX-License-Identifier: Apache-2.0
/**
 * Passkeys (WebAuthn level 3): a key pair that the browser keeps for one name of this server and gives away after a finger,
 * a face or a PIN. What it signs names the page's origin, so a page of another name gets nothing that is good here.
 */
import { isIP } from 'node:net'
import { MAX_PASSKEYS, type Passkey, type PasskeyAssertion, type PasskeyRegistration } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { Store } from '../store/store.ts'
import { Challenges } from './challenges.ts'

/** For the browser, and the name to answer under. */
export interface Asked {
  readonly id: string
  readonly options: Record<string, unknown>
}

interface Question {
  readonly challenge: string
  readonly host: string
  /** Whose new passkey it is about. */
  readonly userId?: string
}

/** Loaded by the first who uses it: most servers start without. */
const webAuthn = () => import('@simplewebauthn/server')

const wrong = (why: string, cause?: unknown): Refusal =>
  new Refusal('invalid', 'passkey.wrong', `this passkey is not accepted: ${why}`, { cause })

/** The page's origin as the browser has put it under the signature. Throws `Refusal` unless it is a page of that name. */
const originOf = (clientData: string, host: string): string => {
  let origin: URL | null
  try {
    origin = URL.parse(String(JSON.parse(Buffer.from(clientData, 'base64url').toString()).origin))
  } catch (cause) {
    throw wrong('what the browser signed cannot be read', cause)
  }
  if (origin?.protocol !== 'https:' || origin.hostname !== host)
    throw wrong(`it was used on a page that is not ${host}`)
  return origin.origin
}

const checkHost = (host: string): string => {
  const name = host.toLowerCase()
  if (isIP(name) !== 0 || !/^[a-z0-9]([\w.-]*[a-z0-9])?$/.test(name))
    throw new Refusal(
      'invalid',
      'passkey.host',
      'passkeys need a name: open this server by its name, not by an address',
    )
  return name
}

/** Passkeys of all accounts. */
export class Passkeys {
  readonly #store: Store
  readonly #now: () => number
  readonly #questions: Challenges<Question>

  constructor(store: Store, now: () => number, monotonic: () => number) {
    this.#store = store
    this.#now = now
    this.#questions = new Challenges(monotonic)
  }

  /** Of one account, oldest first. */
  async list(userId: string): Promise<Passkey[]> {
    const rows = this.#store.db.selectFrom('passkey').selectAll().where('userId', '=', userId).orderBy('createdAt')
    return (await rows.execute()).map(({ id, name, host, createdAt, lastUsedAt }) => ({
      ...{ id, name, host, createdAt: new Date(createdAt).toISOString() },
      lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt).toISOString(),
    }))
  }

  /** Asks for a new one. Throws `Refusal` `passkey.host`, `passkey.many`. */
  async begin(user: { readonly id: string; readonly name: string }, host: string): Promise<Asked> {
    const rpID = checkHost(host)
    const known = await this.list(user.id)
    if (known.length >= MAX_PASSKEYS)
      throw new Refusal('exhausted', 'passkey.many', `${MAX_PASSKEYS} passkeys are the most: remove one`)
    const { generateRegistrationOptions } = await webAuthn()
    const options = await generateRegistrationOptions({
      ...{ rpName: 'OpenHMP', rpID, userName: user.name, userID: new Uint8Array(Buffer.from(user.id)) },
      attestationType: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: known.filter((one) => one.host === rpID).map(({ id }) => ({ id })),
    })
    const { challenge } = options
    return { id: this.#questions.put({ challenge, host: rpID, userId: user.id }), options: { ...options } }
  }

  /** Takes the new one. Throws `Refusal` `passkey.late`, `passkey.wrong`. */
  async add(userId: string, given: { id: string; name: string; response: PasskeyRegistration }): Promise<Passkey> {
    const asked = this.#taken(given.id)
    if (asked.userId !== userId) throw wrong('it was asked of somebody else')
    const { verifyRegistrationResponse } = await webAuthn()
    const verified = await verifyRegistrationResponse({
      response: given.response as RegistrationResponseJSON,
      expectedChallenge: asked.challenge,
      expectedOrigin: originOf(given.response.response.clientDataJSON, asked.host),
      expectedRPID: asked.host,
      requireUserVerification: true,
    }).catch((cause: unknown) => Promise.reject(wrong(cause instanceof Error ? cause.message : 'unreadable', cause)))
    if (!verified.verified) throw wrong('its signature does not fit')
    const { id, publicKey, counter } = verified.registrationInfo.credential
    const row = {
      ...{ id, userId, name: given.name, host: asked.host, counter, createdAt: this.#now(), lastUsedAt: null },
      publicKey: Buffer.from(publicKey).toString('base64url'),
      transportsJson: JSON.stringify(given.response.response.transports ?? []),
    }
    const known = this.#store.db.selectFrom('passkey').select('id').where('id', '=', id)
    if (await known.executeTakeFirst()) throw wrong('it is known already')
    await this.#store.db.insertInto('passkey').values(row).execute()
    return (await this.list(userId)).find((one) => one.id === id)!
  }

  /** Asks whoever is there: the passkey says who it is. Throws `Refusal` `passkey.host`. */
  async ask(host: string): Promise<Asked> {
    const rpID = checkHost(host)
    const { generateAuthenticationOptions } = await webAuthn()
    const options = await generateAuthenticationOptions({ rpID, userVerification: 'required' })
    return { id: this.#questions.put({ challenge: options.challenge, host: rpID }), options: { ...options } }
  }

  /** Whose passkey that is. Throws `Refusal` `passkey.late`, `passkey.unknown`, `passkey.wrong`. */
  async check(given: { id: string; response: PasskeyAssertion }): Promise<string> {
    const { response } = given
    const asked = this.#taken(given.id)
    const { db } = this.#store
    const row = await db.selectFrom('passkey').selectAll().where('id', '=', response.id).executeTakeFirst()
    if (!row || row.host !== asked.host)
      throw new Refusal('invalid', 'passkey.unknown', 'no account here knows this passkey: it may have been removed')
    const { verifyAuthenticationResponse } = await webAuthn()
    const verified = await verifyAuthenticationResponse({
      response: response as AuthenticationResponseJSON,
      expectedChallenge: asked.challenge,
      expectedOrigin: originOf(response.response.clientDataJSON, row.host),
      expectedRPID: row.host,
      requireUserVerification: true,
      credential: {
        ...{ id: row.id, counter: row.counter },
        publicKey: new Uint8Array(Buffer.from(row.publicKey, 'base64url')),
      },
    }).catch((cause: unknown) => Promise.reject(wrong(cause instanceof Error ? cause.message : 'unreadable', cause)))
    if (!verified.verified) throw wrong('its signature does not fit')
    const change = { counter: verified.authenticationInfo.newCounter, lastUsedAt: this.#now() }
    await db.updateTable('passkey').set(change).where('id', '=', row.id).execute()
    return row.userId
  }

  /** Throws `Refusal` `passkey.gone` also for another's. */
  async remove(userId: string, id: string): Promise<Passkey> {
    const found = (await this.list(userId)).find((one) => one.id === id)
    if (!found) throw new Refusal('not-found', 'passkey.gone', 'there is no such passkey of yours')
    await this.#store.db.deleteFrom('passkey').where('id', '=', id).where('userId', '=', userId).execute()
    return found
  }

  /** Takes all of an account away. */
  async removeAll(userId: string): Promise<void> {
    await this.#store.db.deleteFrom('passkey').where('userId', '=', userId).execute()
  }

  #taken(id: string): Question {
    const asked = this.#questions.take(id)
    if (!asked) throw new Refusal('conflict', 'passkey.late', 'that was more than five minutes ago: try again')
    return asked
  }
}

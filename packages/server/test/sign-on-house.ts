// SPDX-License-Identifier: Apache-2.0
/** A server whose people come in with another's word: what a browser does for it, step by step, so that tests can do it wrongly. */
import { API_ROOT, FinishOidc, type SignOnSettings, type SignOnWish } from '@openhmp/contract'
import { type Answer, type House, send } from './harness.ts'
import { client } from './real-provider.ts'
import { BASE, READER } from './slapd.ts'
import { SoftwarePasskey } from './software-passkey.ts'

/** Cookies that this server has given one browser. */
export class Browser {
  readonly #house: House
  readonly #jar = new Map<string, string>()
  constructor(house: House) {
    this.#house = house
  }

  get cookie(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async ask<T = { code: string; text: string }>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const answer = await send<T>(this.#house.server, method, path, this.cookie, body)
    for (const one of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(one)!
      if (/Max-Age=0|Expires=Thu, 01 Jan 1970/.test(one)) this.#jar.delete(name!)
      else this.#jar.set(name!, value!)
    }
    return answer
  }

  /** Presses the button: where the provider is. */
  async begin(to?: string, again = false): Promise<URL> {
    const wish = { again, ...(to === undefined ? {} : { to }) }
    const { body } = await this.ask<{ url: string }>('POST', `${API_ROOT}/sign-on/oidc`, wish)
    return new URL(body.url)
  }

  /** Comes back from the provider: where the console sends it on to. */
  async comeBack(to: string | Record<string, string>): Promise<URL> {
    const search = typeof to === 'string' ? new URL(to).search : `?${new URLSearchParams(to)}`
    const answer = await this.ask('GET', API_ROOT + FinishOidc.path + search)
    if (answer.status !== 303)
      throw new Error(`coming back was answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return new URL(String(answer.headers.location), this.#house.server.url)
  }

  /** Who it is signed in as. */
  async who(): Promise<string | undefined> {
    return (await this.ask<{ name?: string }>('GET', `${API_ROOT}/session`)).body.name
  }
}

/** A passkey of whoever is signed in with this cookie; asks to come in by it, with a ticket of the first step or without. */
export const passkeyOf = async (house: House, cookie: string) => {
  const host = new URL(house.server.url).hostname
  const passkey = new SoftwarePasskey(host)
  type Question = { id: string; options: never }
  const asked = (await house.as<Question>(cookie, 'POST', '/account/passkeys/challenge', { host })).body
  const made = { id: asked.id, name: 'Key', response: passkey.create(asked.options) }
  const { status } = await house.as(cookie, 'POST', '/account/passkeys', made)
  if (status !== 200) throw new Error(`the passkey was answered ${status}`)
  return async (ticket?: string): Promise<string | undefined> => {
    const { id, options } = (await house.as<Question>('', 'POST', '/session/passkey/challenge', { host })).body
    const shown = { id, response: passkey.get(options), ...(ticket === undefined ? {} : { ticket }) }
    const { body } = await house.as<{ code?: string; name?: string }>('', 'POST', '/session/passkey', shown)
    return body.code ?? body.name
  }
}

/** Settings with this provider in it. */
export const wishOf = (house: House, issuer: string, more: Partial<SignOnWish> = {}): SignOnWish => ({
  oidc: {
    ...{
      isOn: true,
      label: 'Town hall',
      issuer,
      clientId: client.id,
      secret: client.secret,
      address: house.server.url,
    },
    ...{ scopes: 'openid profile', nameClaim: 'preferred_username', groupsClaim: 'groups', ca: null },
  },
  ...{ directory: null, groups: [], makesPeople: false, passwords: 'everybody' },
  ...more,
})

/** Settings with this directory in it. */
export const directoryWish = (
  { url, ca }: { url: string; ca: string | null },
  change: Partial<NonNullable<SignOnWish['directory']>> = {},
  more: Partial<SignOnWish> = {},
): SignOnWish => ({
  oidc: null,
  directory: {
    ...{ isOn: true, url, ca, bindDn: READER.dn, secret: READER.password, base: BASE },
    ...{ filter: '(&(objectClass=person)(uid={name}))', idAttribute: 'entryUUID', nameAttribute: 'cn' },
    ...{ groupsAttribute: 'memberOf', groupFilter: '(&(objectClass=groupOfNames)(member={dn}))' },
    ...change,
  },
  ...{ groups: [], makesPeople: false, passwords: 'everybody' },
  ...more,
})

/** Puts it in force. */
export const setSignOn = async (house: House, wish: SignOnWish): Promise<SignOnSettings> => {
  const { status, body } = await house.call<SignOnSettings>('PUT', '/sign-on/settings', wish)
  if (status !== 200) throw new Error(`the settings were answered ${status}: ${JSON.stringify(body)}`)
  return body
}

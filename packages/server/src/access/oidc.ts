// SPDX-License-Identifier: Apache-2.0
/**
 * Signing in with an OpenID provider: authorization code flow (OpenID Connect Core 1.0 section 3.1) with PKCE (RFC 7636), state
 * and nonce. The ID token's signature is always checked, and the `iss` of the answer where the provider says it sends one (RFC 9207).
 */
import { randomBytes } from 'node:crypto'
import { API_ROOT, FinishOidc } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Configuration } from 'openid-client'
import type { ReachOptions } from '../fleet/reach.ts'
import { type Guard, guardedFetch, mustBeTls } from './guarded-fetch.ts'
import type { Proof } from './identities.ts'
import { groupsClaim, textClaim } from './oidc-claims.ts'
import { type Flow, OidcFlows } from './oidc-flows.ts'
import { oidcRefusal } from './oidc-refusal.ts'
import { ABSOLUTE_MS } from './sessions.ts'
import type { OidcAccount } from './sign-on-settings.ts'

/** How long what a provider says of itself is held. */
const METADATA_MS = 60 * 60_000
/** Codes that are exchanged at a time; more are refused. */
export const MAX_EXCHANGES = 16
/** By how much clocks may differ, in seconds. */
export const CLOCK_TOLERANCE_S = 60

/** What it is made of. */
export interface OidcParts {
  readonly reach: ReachOptions
  account(): OidcAccount | undefined
  monotonic(): number
  now(): number
}

interface Provider {
  readonly account: OidcAccount
  readonly configuration: Configuration
  readonly knownAt: number
}

interface Beginning {
  /** A path of the console. */
  readonly to: string | undefined
  readonly source: string
  /** What this browser was given before. */
  readonly mark: string | undefined
  /** The person is to show anew who they are. */
  readonly again: boolean
}

/** Loaded when somebody first wants it. */
const library = () => import('openid-client')

/** Where the provider sends browsers back to; to be registered there. */
const redirectUri = ({ address }: Pick<OidcAccount, 'address'>): string => address + API_ROOT + FinishOidc.path

/** A path of the console, or its start: never another site, never the API. */
export const pathOf = (to: string | undefined): string => {
  if (to === undefined || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(to)) return '/'
  const url = new URL(to, 'https://here.invalid')
  const isOurs = url.origin === 'https://here.invalid' && !url.pathname.startsWith('/api/')
  return isOurs && !url.pathname.startsWith('//') ? url.pathname + url.search + url.hash : '/'
}

/** The provider that is set, and the sign-ins that are under way there. */
export class Oidc {
  readonly #parts: OidcParts
  readonly #flows: OidcFlows<Provider>
  #provider: Promise<Provider> | undefined
  #exchanges = 0

  constructor(parts: OidcParts) {
    this.#parts = parts
    this.#flows = new OidcFlows(() => parts.monotonic())
  }

  /** Other settings are in force: what was begun under the old ones is over. */
  forget(): void {
    this.#provider = undefined
    this.#flows.clear()
  }

  /** Where the browser is to go, and what it must bring back. Throws `Refusal` `signOn.*`. */
  async begin(given: Beginning): Promise<{ url: string; mark: string }> {
    try {
      return await this.#begin(given)
    } catch (error) {
      throw oidcRefusal(error)
    }
  }

  async #begin(given: Beginning): Promise<{ url: string; mark: string }> {
    const provider = await this.#known()
    const { buildAuthorizationUrl, calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier, randomState } =
      await library()
    const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()]
    // Kept, so that two windows of one browser do not end each other's sign-in.
    const mark = given.mark !== undefined && /^[\w-]{43}$/.test(given.mark) ? given.mark : newMark()
    const { account, configuration } = provider
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri(account),
      scope: account.scopes,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      // Asked for the answer’s `auth_time` too: who is known there already has shown nothing now.
      max_age: String(given.again ? 0 : ABSOLUTE_MS / 1000),
      ...(given.again ? { prompt: 'login' } : {}),
    })
    mustBeTls(url, this.#parts.reach)
    const { source, again } = given
    this.#flows.add({ state, nonce, verifier, mark, source, to: pathOf(given.to), again, provider })
    return { url: url.href, mark }
  }

  /** Who came back, and where they wanted to go. Throws `Refusal` `signOn.*`. */
  async finish(given: { query: URLSearchParams; mark: string | undefined }): Promise<{ proof: Proof; to: string }> {
    const { query, mark } = given
    const flow = query.getAll('state').length === 1 ? this.#flows.take(query.get('state')!, mark) : undefined
    if (!flow)
      throw new Refusal(
        'invalid',
        'signOn.state',
        'this sign-in was not begun here, is over, or took too long: try again',
      )
    if (this.#exchanges >= MAX_EXCHANGES)
      throw new Refusal('unavailable', 'login.busy', 'too many sign-ins at once: try again in a moment')
    this.#exchanges++
    try {
      return { proof: await this.#exchange(flow, query), to: flow.to }
    } catch (error) {
      const refusal = oidcRefusal(error)
      if (!flow.again || refusal.code !== 'signOn.clock') throw refusal
      const text = 'the provider did not ask anew who is there, or one of the two clocks is wrong'
      throw new Refusal('unavailable', 'signOn.again', text, { cause: error })
    } finally {
      this.#exchanges--
    }
  }

  async #exchange(
    { provider: { account, configuration }, state, nonce, verifier, again }: Flow<Provider>,
    query: URLSearchParams,
  ): Promise<Proof> {
    const { authorizationCodeGrant, fetchUserInfo } = await library()
    const url = new URL(`${redirectUri(account)}?${query}`)
    const tokens = await authorizationCodeGrant(configuration, url, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
      ...(again ? { maxAge: 0 } : {}),
    })
    const claims = tokens.claims()
    if (!claims) throw new Refusal('unavailable', 'signOn.answer', 'the provider gave no ID token')
    let name = textClaim(claims, account.nameClaim)
    let groups = groupsClaim(claims, account.groupsClaim)
    // Many providers keep the ID token small and tell the rest where they are asked.
    if ((name === '' || groups === undefined) && configuration.serverMetadata().userinfo_endpoint !== undefined) {
      const more = await fetchUserInfo(configuration, tokens.access_token, claims.sub)
      name ||= textClaim(more, account.nameClaim)
      groups ??= groupsClaim(more, account.groupsClaim)
    }
    const shownAt = claims.auth_time === undefined ? undefined : claims.auth_time * 1000
    return { way: 'oidc', issuer: claims.iss, subject: claims.sub, name, groups: groups ?? [], shownAt }
  }

  /** What is wrong with these settings, or that nothing is. */
  async try(account: OidcAccount): Promise<{ isGood: boolean; code: string; text: string }> {
    let theirTime: number | undefined
    try {
      const guard = this.#guard(account, (date) => {
        theirTime = date
      })
      const { configuration } = await this.#discover(account, guard)
      const offMs = theirTime === undefined ? 0 : Math.abs(theirTime - this.#parts.now())
      if (offMs > CLOCK_TOLERANCE_S * 1000) {
        const text = `the provider’s clock and that of this server are ${Math.round(offMs / 1000)} s apart: set them`
        return { isGood: false, code: 'signOn.clock', text }
      }
      await this.#trySecret(account, configuration)
      const text = `${account.issuer} answers and knows this server; register ${redirectUri(account)} there`
      return { isGood: true, code: 'signOn.good', text }
    } catch (error) {
      const { code, message } = oidcRefusal(error)
      return { isGood: false, code, text: message }
    }
  }

  /** A code that nobody gave: who is refused for the code alone has shown the right secret. */
  async #trySecret(account: OidcAccount, configuration: Configuration): Promise<void> {
    const { authorizationCodeGrant, ResponseBodyError } = await library()
    const url = new URL(redirectUri(account))
    url.searchParams.set('code', `try-${newMark()}`)
    const { issuer, authorization_response_iss_parameter_supported: hasIss } = configuration.serverMetadata()
    if (hasIss === true) url.searchParams.set('iss', issuer)
    try {
      await authorizationCodeGrant(configuration, url, { pkceCodeVerifier: newMark() })
    } catch (error) {
      if (error instanceof ResponseBodyError && error.error === 'invalid_grant') return
      throw error
    }
  }

  #known(): Promise<Provider> {
    const account = this.#parts.account()
    if (!account) throw new Refusal('conflict', 'signOn.off', 'signing in with an OpenID provider is not set up here')
    const provider = this.#provider?.then((known) => {
      if (this.#parts.monotonic() - known.knownAt < METADATA_MS) return known
      throw new Error('it is old')
    })
    const found = (provider ?? Promise.reject(new Error('there is none'))).catch(() =>
      this.#discover(account, this.#guard(account)),
    )
    this.#provider = found
    found.catch(() => {
      if (this.#provider === found) this.#provider = undefined
    })
    return found
  }

  #guard({ ca }: OidcAccount, onDate?: (date: number) => void): Guard {
    return { ...this.#parts.reach, ca, ...(onDate ? { onDate } : {}) }
  }

  async #discover(account: OidcAccount, guard: Guard): Promise<Provider> {
    const oidc = await library()
    const { issuer, clientId, secret } = account
    const url = new URL(issuer)
    mustBeTls(url, guard)
    const metadata = { [oidc.clockTolerance]: CLOCK_TOLERANCE_S, redirect_uris: [redirectUri(account)] }
    const configuration = await oidc.discovery(
      url,
      clientId,
      metadata,
      // By `client_secret_post` where the provider takes it: in the other, what stands in a secret is often read wrongly.
      (server, client, body, headers) => {
        if (secret === undefined) return oidc.None()(server, client, body, headers)
        const takesPost = server.token_endpoint_auth_methods_supported?.includes('client_secret_post') === true
        const way = takesPost ? oidc.ClientSecretPost : oidc.ClientSecretBasic
        return way(secret.reveal())(server, client, body, headers)
      },
      {
        [oidc.customFetch]: guardedFetch(guard),
        // What is plain is judged by `guardedFetch`; the library knows only all or nothing.
        execute: [oidc.enableNonRepudiationChecks, ...(url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [])],
      },
    )
    return { account, configuration, knownAt: this.#parts.monotonic() }
  }
}

const newMark = (): string => randomBytes(32).toString('base64url')

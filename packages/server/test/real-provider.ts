// SPDX-License-Identifier: Apache-2.0
/** A real OpenID provider that nobody here wrote, in this process: `oidc-provider`, with people who sign in without typing. */

import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { API_ROOT, FinishOidc } from '@openhmp/contract'

/** What the server is registered with there. */
export const client = { id: 'openhmp', secret: 'a secret of the client' }

/** Somebody with an account there. */
export interface Citizen {
  readonly preferred_username: string
  readonly groups?: readonly string[]
}

/** Owns its listener until disposed. */
export class RealProvider implements AsyncDisposable {
  readonly issuer: string
  readonly people = new Map<string, Citizen>()
  /** Who sits at the browser; undefined: presses "cancel". */
  atTheScreen: string | undefined
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** `address`: of the server that signs people in with it. */
  static async open(address: string): Promise<RealProvider> {
    const { default: Provider } = await import('oidc-provider')
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const made = new RealProvider(server)
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const provider = new Provider(made.issuer, {
      clients: [
        {
          ...{
            client_id: client.id,
            client_secret: client.secret,
            redirect_uris: [address + API_ROOT + FinishOidc.path],
          },
          ...{ grant_types: ['authorization_code'], response_types: ['code'] },
        },
      ],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
      cookies: { keys: ['for tests'] },
      claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
      features: { devInteractions: { enabled: false } },
      pkce: { required: () => true },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...made.people.get(id) }) }),
      loadExistingGrant: async ({ oidc }) => {
        const { clientId } = oidc.client
        const grant = new oidc.provider.Grant({ clientId, accountId: oidc.session.accountId })
        grant.addOIDCScope('openid profile')
        await grant.save()
        return grant
      },
    })
    const answer = provider.callback()
    server.on('request', (request, response) => {
      if (!request.url?.startsWith('/interaction/')) return answer(request, response)
      const result =
        made.atTheScreen === undefined
          ? { error: 'access_denied', error_description: 'pressed cancel' }
          : { login: { accountId: made.atTheScreen } }
      return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
    })
    return made
  }

  /** A browser follows the provider's pages until they send it elsewhere: where to. */
  async walk(url: string): Promise<string> {
    const jar = new Map<string, string>()
    let at = url
    for (let step = 0; step < 20 && at.startsWith(this.issuer); step++) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await fetch(at, { redirect: 'manual', headers: { cookie } })
      for (const one of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(one)!
        jar.set(name!, value!)
      }
      const location = answer.headers.get('location')
      if (location === null) throw new Error(`the provider stays at ${at}: ${answer.status} ${await answer.text()}`)
      await answer.body?.cancel()
      at = new URL(location, at).href
    }
    return at
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

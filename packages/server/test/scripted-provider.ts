// SPDX-License-Identifier: Apache-2.0
/** An OpenID provider that says what a test tells it to: for what a real one never says. */
import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { client } from './real-provider.ts'

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** How a token is signed. */
export type Signing = 'right' | 'none' | 'by another' | 'by our secret'

/** Owns its listener until disposed. */
export class ScriptedProvider implements AsyncDisposable {
  readonly issuer: string
  /** Requests for tokens. */
  asked = 0
  /** Added to what it says of itself. */
  metadata: object = {}
  /** Added to what is right in the ID token; undefined takes away. */
  claims: Record<string, unknown> = {}
  signing: Signing = 'right'
  userInfo: Record<string, unknown> | undefined
  /** Answers instead of the token. */
  onToken: ((response: ServerResponse) => void) | undefined
  nonce = ''
  /** What it takes the time to be, in ms since 1970. */
  time: number | undefined
  readonly #server: Server
  readonly #keys = ['right', 'another'].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }))

  private constructor(server: Server) {
    this.#server = server
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => this.#answer(request, response))
  }

  static async open(): Promise<ScriptedProvider> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new ScriptedProvider(server)
  }

  /** As it was made. */
  reset(): void {
    const nothing = { userInfo: undefined, onToken: undefined, time: undefined }
    Object.assign(this, { metadata: {}, claims: {}, signing: 'right', ...nothing })
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { issuer, time } = this
    if (time !== undefined) response.setHeader('date', new Date(time).toUTCString())
    const say = (body: object) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    switch (request.url) {
      case '/.well-known/openid-configuration':
        say({
          ...{ issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` },
          ...{ jwks_uri: `${issuer}/jwks`, userinfo_endpoint: `${issuer}/me`, response_types_supported: ['code'] },
          ...{ subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'] },
          ...this.metadata,
        })
        return
      case '/jwks':
        say({ keys: [{ ...this.#keys[0]!.publicKey.export({ format: 'jwk' }), kid: '1', use: 'sig', alg: 'RS256' }] })
        return
      case '/me':
        say(this.userInfo ?? { sub: this.claims['sub'] ?? 'sam-1' })
        return
      case '/token':
        this.asked++
        request.resume()
        if (this.onToken) this.onToken(response)
        else say({ access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: this.#token() })
        return
      default:
        response.writeHead(404).end()
    }
  }

  #token(): string {
    const nowS = Math.floor(Date.now() / 1000)
    const right = { iss: this.issuer, aud: client.id, sub: 'sam-1', exp: nowS + 300, iat: nowS, nonce: this.nonce }
    const alg = { right: 'RS256', 'by another': 'RS256', none: 'none', 'by our secret': 'HS256' }[this.signing]
    const text = `${base64url({ alg, kid: '1' })}.${base64url({ ...right, preferred_username: 'Sam', ...this.claims })}`
    return `${text}.${this.#signature(text)}`
  }

  #signature(text: string): string {
    const by = ({ privateKey }: { privateKey: KeyObject }) =>
      createSign('sha256').update(text).sign(privateKey, 'base64url')
    switch (this.signing) {
      case 'right':
        return by(this.#keys[0]!)
      case 'by another':
        return by(this.#keys[1]!)
      case 'by our secret':
        return createHmac('sha256', client.secret).update(text).digest('base64url')
      case 'none':
        return ''
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

// SPDX-License-Identifier: Apache-2.0
/** What went wrong at an OpenID provider, in words that say what to do. Each has a code of its own, which the sign-in page knows. */
import { LinkError, Refusal } from '@openhmp/protocol/base'

/** Innermost first: what is behind an error says more than the error. */
const chainOf = (error: unknown): Error[] => {
  const chain: Error[] = []
  for (let one = error; one instanceof Error && chain.length < 10; one = one.cause) chain.unshift(one)
  return chain
}

const textOf = (error: object, name: string): string => {
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' ? value : ''
}

/** What providers answer (RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect Core 1.0 section 3.1.2.6). */
const answered: Readonly<Record<string, readonly [code: string, text: string]>> = {
  access_denied: ['signOn.cancelled', 'the sign-in was cancelled at the provider'],
  login_required: ['signOn.cancelled', 'the sign-in was not finished at the provider'],
  interaction_required: ['signOn.cancelled', 'the sign-in was not finished at the provider'],
  consent_required: ['signOn.cancelled', 'the sign-in was not finished at the provider'],
  invalid_client: ['signOn.client', 'the provider does not know this server: client id or client secret is wrong'],
  unauthorized_client: ['signOn.client', 'the provider does not let this client sign people in by a code'],
  invalid_grant: [
    'signOn.code',
    'the provider does not take the code: it is late, used already, or not for this server',
  ],
  temporarily_unavailable: ['signOn.unreachable', 'the provider says that it is not available for the moment'],
}

const CERTIFICATE = /CERT|SELF_SIGNED|ISSUER|ALTNAME|ERR_TLS/

/** The innermost thing that is known; else what the library says. */
export const oidcRefusal = (error: unknown): Refusal => {
  const chain = chainOf(error)
  for (const one of chain) {
    if (one instanceof Refusal) return one
    const options = { cause: error }
    if (one instanceof LinkError) return new Refusal('unavailable', 'signOn.unreachable', one.message, options)
    const said = answered[textOf(one, 'error')]
    if (said) return new Refusal('unauthenticated', ...said, options)
    const code = textOf(one, 'code')
    if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED')
      return new Refusal(
        'unavailable',
        'signOn.clock',
        'the provider’s answer is not valid at this time: one of the two clocks is wrong',
        options,
      )
    if (CERTIFICATE.test(code))
      return new Refusal(
        'unavailable',
        'signOn.certificate',
        `the provider’s certificate is not trusted (${one.message}): give the certificate of who signed it`,
        options,
      )
    if (/^E[A-Z]+$|TIMEOUT|ABORT/.test(code) || one.name === 'TimeoutError' || one.name === 'AbortError')
      return new Refusal('unavailable', 'signOn.unreachable', `the provider does not answer: ${one.message}`, options)
  }
  const text = chain.at(0)?.message ?? String(error)
  return new Refusal('unavailable', 'signOn.answer', `the provider’s answer is not what it must be: ${text}`, {
    cause: error,
  })
}

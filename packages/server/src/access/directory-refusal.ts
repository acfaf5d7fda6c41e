// SPDX-License-Identifier: Apache-2.0
/** What went wrong at a directory, in words that say what to do. */
import { LinkError, Refusal } from '@openhmp/protocol/base'

/** Result codes by which a directory refuses a person (RFC 4511 appendix A): each is a wrong password to whoever asks. */
const REFUSED = new Set([
  19, // constraintViolation: locked by a policy
  32, // noSuchObject
  34, // invalidDNSyntax
  48, // inappropriateAuthentication: has no password
  49, // invalidCredentials
  50, // insufficientAccessRights
  53, // unwillingToPerform: switched off, or over
])

const codeOf = (error: unknown): unknown => (error instanceof Error ? Reflect.get(error, 'code') : undefined)

export const isWrongPassword = (error: unknown): boolean => {
  const code = codeOf(error)
  return typeof code === 'number' && REFUSED.has(code)
}

const away = (text: string, cause: unknown): Refusal =>
  new Refusal(
    'unavailable',
    'directory.away',
    `the directory does not answer (${text}); accounts of this server can sign in`,
    { cause },
  )

/** sizeLimitExceeded (RFC 4511 appendix A). */
export const isMoreThanAsked = (error: unknown): boolean => codeOf(error) === 4

/** Every failure at a directory as a `Refusal` `directory.*`; refusals of our own stay as they are. */
export const directoryRefusal = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error
  if (error instanceof LinkError) return away(error.message, error)
  const code = codeOf(error)
  const text = error instanceof Error ? error.message : String(error)
  if (typeof code === 'string' && /CERT|SELF_SIGNED|ISSUER|ALTNAME|ERR_TLS/.test(code)) {
    const cure = 'give the certificate of who signed it'
    return new Refusal('unavailable', 'directory.certificate', `its certificate is not trusted (${text}): ${cure}`, {
      cause: error,
    })
  }
  if (typeof code === 'number')
    return new Refusal('unavailable', 'directory.refused', `the directory says no (${code}): ${text}`, { cause: error })
  return away(text, error)
}

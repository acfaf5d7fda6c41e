// SPDX-License-Identifier: Apache-2.0
/** Passkeys of this browser: asks the server what to sign, and the browser for the signature. Loaded when first used. */
import {
  AddPasskey,
  AskPasskey,
  BeginPasskey,
  type PasskeyAssertion,
  type PasskeyRegistration,
} from '@openhmp/contract'
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'
import { ApiProblem, call } from './call.ts'

/** Browsers keep passkeys for names that they trust: not for bare addresses, nor behind a certificate that was waved through. */
export const canUsePasskeys = (): boolean =>
  globalThis.isSecureContext && 'PublicKeyCredential' in globalThis && !/^[\d.]+$|:|\[/.test(location.hostname)

/** What the browser says instead of a passkey: that nobody answered, that it has none, or that it knows this one already. */
const cancelled = (error: unknown): never => {
  if (error instanceof ApiProblem) throw error
  throw new ApiProblem('passkey.cancelled', 'the browser gave no passkey: it was called off, or there is none here', 0)
}

/** What the person's passkey says to the server's question. Throws when they call it off. */
export const askPasskey = async (): Promise<{ id: string; response: PasskeyAssertion }> => {
  const { id, options } = await call(AskPasskey, { body: { host: location.hostname } })
  const { startAuthentication } = await import('@simplewebauthn/browser')
  const optionsJSON = options as unknown as PublicKeyCredentialRequestOptionsJSON
  return { id, response: (await startAuthentication({ optionsJSON }).catch(cancelled)) as PasskeyAssertion }
}

/** Makes a passkey in this browser and tells the server. Throws when they call it off. */
export const addPasskey = async (name: string) => {
  const { id, options } = await call(BeginPasskey, { body: { host: location.hostname } })
  const { startRegistration } = await import('@simplewebauthn/browser')
  const optionsJSON = options as unknown as PublicKeyCredentialCreationOptionsJSON
  const response = (await startRegistration({ optionsJSON }).catch(cancelled)) as PasskeyRegistration
  return call(AddPasskey, { body: { id, name, response } })
}

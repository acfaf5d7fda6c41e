// SPDX-License-Identifier: Apache-2.0
/**
 * Login by session, as the devices' own web page does it: a challenge is asked for, a salted hash of the password goes
 * back, and a cookie stands for the password from then on. The hash function is given: there is none here.
 *
 * What is known of the hashes: the one of version 2 is verified by a published vector. Version 2.1 (a second salt) and the
 * reversible one (old firmware, no salt) are as client code in public has them, and unverified.
 */
import { booleanAt, element, numberAt, textAt, type XmlElement } from '../xml/element.ts'
import { isapiRoot } from './namespace.ts'
import { readUserCheck } from './system.ts'

/** Rounds of the hash that are done at most; devices ask for 100. Each is an SHA-256 of 64 letters. */
export const MAX_SESSION_ITERATIONS = 20_000
/** With fewer, who asks would be told a hash of the password without his challenge in it. */
const MIN_ITERATIONS = 2

/** What a device asks: `/Security/sessionLogin/capabilities`. */
export interface SessionChallenge {
  readonly sessionId: string
  readonly challenge: string
  readonly iterations: number
  /** The device keeps no password but a salted hash of it. */
  readonly isIrreversible: boolean
  readonly salt: string
  /** Version 2.1. */
  readonly salt2: string | undefined
  /** To be sent back as it is. */
  readonly version: string | undefined
}

/** Undefined for a document that asks nothing, or for more rounds than are done, or fewer. */
export const readSessionChallenge = (root: XmlElement): SessionChallenge | undefined => {
  const sessionId = textAt(root, 'sessionID')
  const challenge = textAt(root, 'challenge')
  const iterations = numberAt(root, 'iterations') ?? 0
  if (!sessionId || !challenge || !(iterations >= MIN_ITERATIONS && iterations <= MAX_SESSION_ITERATIONS))
    return undefined
  return {
    sessionId,
    challenge,
    iterations,
    isIrreversible: booleanAt(root, 'isIrreversible') ?? false,
    salt: textAt(root, 'salt') ?? '',
    salt2: textAt(root, 'salt2') || undefined,
    version: textAt(root, 'sessionIDVersion'),
  }
}

/** Lower case hex of the hash of a text as UTF-8. */
export type HexHash = (text: string) => string

/** The answer to a challenge, hex. All hashes of it count as rounds. */
export const answerToChallenge = (
  asked: Pick<SessionChallenge, 'challenge' | 'iterations' | 'isIrreversible' | 'salt' | 'salt2'>,
  { username, password }: { readonly username: string; readonly password: string },
  sha256: HexHash,
): string => {
  const { challenge, iterations, isIrreversible, salt, salt2 } = asked
  let text: string
  let rounds: number
  if (isIrreversible) {
    const kept = sha256(username + salt + password)
    text = sha256((salt2 === undefined ? kept : sha256(username + salt2 + kept)) + challenge)
    rounds = iterations - 2
  } else {
    text = sha256(password) + challenge
    rounds = iterations - 1
  }
  for (let i = 0; i < rounds; i++) text = sha256(text)
  return text
}

/** The document that answers. */
export const sessionLoginElement = (
  { sessionId, version }: Pick<SessionChallenge, 'sessionId' | 'version'>,
  username: string,
  answer: string,
): XmlElement =>
  isapiRoot('SessionLogin', [
    element('userName', username),
    element('password', answer),
    element('sessionID', sessionId),
    element('isSessionIDValidLongTerm', false),
    ...(version === undefined ? [] : [element('sessionIDVersion', version)]),
  ])

/** What a device says to an answer. */
export interface SessionOutcome {
  /** Undefined: it does not say. */
  readonly isOk: boolean | undefined
  readonly sessionId: string | undefined
  readonly isLocked: boolean
  /** Until the lock ends. */
  readonly unlockSeconds: number | undefined
}

export const readSessionOutcome = (root: XmlElement): SessionOutcome => {
  const { isOk, isLocked, unlockSeconds } = readUserCheck(root)
  return {
    isOk: numberAt(root, 'statusValue') === undefined ? undefined : isOk,
    sessionId: textAt(root, 'sessionID') || undefined,
    isLocked,
    unlockSeconds,
  }
}

// SPDX-License-Identifier: Apache-2.0
/** The JSON messages of the session, checked by hand: hmp.md §6.2 to §6.7. Members that are not defined are left out. */
import { fromUtf8, unbase64, utf8 } from '../base/bytes.ts'
import {
  INITIAL_CREDIT_BYTES,
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_FEATURES,
  MAX_MEDIA_UNIT_BYTES,
  MAX_NAME_BYTES,
  NONCE_BYTES,
} from './limits.ts'
import { violation } from './packet.ts'

/** What an end is: hmp.md §1. */
export const roles = ['device', 'agent', 'node', 'console', 'cms'] as const
/** A word of `roles`. */
export type Role = (typeof roles)[number]

export interface HelloMessage {
  readonly t: 'hello'
  readonly versions: readonly number[]
  readonly role: Role
  readonly identity: string
  readonly software: string
  readonly features: readonly string[]
  /** 32 bytes, base64url. */
  readonly nonce: string
  readonly time: number
}
export interface ChallengeMessage {
  readonly t: 'challenge'
  readonly role: Role
  readonly identity: string
  readonly nonce: string
}
export interface ProofMessage {
  readonly t: 'proof'
  readonly proof: string
}
export interface WelcomeMessage {
  readonly t: 'welcome'
  readonly version: 1
  readonly session: string
  readonly epoch: number
  readonly role: Role
  readonly identity: string
  readonly software: string
  readonly features: readonly string[]
  readonly limits: Readonly<Record<string, number>>
  readonly time: number
  readonly binding: 'tls-exporter' | 'none'
  readonly proof?: string
}
export interface PingMessage {
  readonly t: 'ping' | 'pong'
  readonly id: number
  readonly time: number
}
export interface AckMessage {
  readonly t: 'ack'
  readonly bytes: number
}
export interface WindowMessage {
  readonly t: 'window'
  readonly sequence: number
  readonly response: boolean
  readonly credit: number
}
export interface GoodbyeMessage {
  readonly t: 'goodbye'
  readonly code: string
  readonly text: string
  readonly at?: number
  readonly retryAfterMs?: number
}
/** A message of a later edition. */
export interface UnknownMessage {
  readonly t: 'unknown'
  readonly word: string
}
export type SessionMessage =
  | HelloMessage
  | ChallengeMessage
  | ProofMessage
  | WelcomeMessage
  | PingMessage
  | AckMessage
  | WindowMessage
  | GoodbyeMessage
  | UnknownMessage

/** The `limits` of a welcome. */
export const limitsOf = (streams: number): Readonly<Record<string, number>> => ({
  control: MAX_CONTROL_MESSAGE_BYTES,
  unit: MAX_MEDIA_UNIT_BYTES,
  streams,
})

/** Bytes of a message. */
export const encodeSessionMessage = (message: Exclude<SessionMessage, UnknownMessage>): Uint8Array =>
  utf8(JSON.stringify(message))

/** Reads a message; one with an unknown `t` is `unknown`. Throws `WireError` `hmp.message`. */
export const decodeSessionMessage = (bytes: Uint8Array): SessionMessage => {
  let value: unknown
  try {
    value = JSON.parse(fromUtf8(bytes))
  } catch {
    throw bad('no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('no JSON object')
  const from = value as Members
  const t = from['t']
  if (typeof t !== 'string') throw bad('no text t')
  return Object.hasOwn(readers, t) ? readers[t as keyof typeof readers](from) : { t: 'unknown', word: t.slice(0, 40) }
}

type Members = Readonly<Record<string, unknown>>
const bad = (what: string) => violation('message', what, undefined, '§6')

/** A whole number in its bounds. */
const whole = (from: Members, name: string, least = 0, most = Number.MAX_SAFE_INTEGER): number => {
  const value = from[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most)
    throw bad(`${name} is no whole number from ${least} to ${most}`)
  return value
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters are what is refused, hmp.md §5
const controls = /[\u0000-\u001f\u007f]/

const checkName = (value: unknown, name: string, isEmptyAllowed: boolean): string => {
  if (typeof value !== 'string' || controls.test(value) || (value === '' && !isEmptyAllowed))
    throw bad(`${name} is no plain text`)
  if (value.length > MAX_NAME_BYTES || utf8(value).length > MAX_NAME_BYTES) throw bad(`${name} is too long`)
  return value
}
const plain = (from: Members, name: string): string => checkName(from[name], name, false)

const role = (from: Members): Role => {
  const value = from['role']
  if (!roles.includes(value as Role)) throw bad('an unknown role')
  return value as Role
}

const features = (from: Members): string[] => {
  const value = from['features']
  if (!Array.isArray(value) || value.length > MAX_FEATURES) throw bad('features is no short array')
  return value.map((feature) => checkName(feature, 'a feature', false))
}

/** 32 bytes in base64url, kept as text. */
const secret = (from: Members, name: string): string => {
  const value = from[name]
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(value) || unbase64(value)?.length !== NONCE_BYTES)
    throw bad(`${name} is not ${NONCE_BYTES} bytes in base64url`)
  return value
}

const versions = (from: Members): number[] => {
  const value = from['versions']
  if (!Array.isArray(value) || value.length === 0 || value.length > 32 || !value.every(Number.isSafeInteger))
    throw bad('versions is no array of numbers')
  return value as number[]
}

const limits = (from: Members): Record<string, number> => {
  const value = from['limits']
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('limits is no object')
  const known: Record<string, number> = {}
  for (const name of ['control', 'unit', 'streams']) if (name in value) known[name] = whole(value as Members, name)
  return known
}

const readers = {
  hello: (from: Members): HelloMessage => ({
    t: 'hello',
    versions: versions(from),
    role: role(from),
    identity: plain(from, 'identity'),
    software: plain(from, 'software'),
    features: features(from),
    nonce: secret(from, 'nonce'),
    time: whole(from, 'time'),
  }),
  challenge: (from: Members): ChallengeMessage => ({
    t: 'challenge',
    role: role(from),
    identity: plain(from, 'identity'),
    nonce: secret(from, 'nonce'),
  }),
  proof: (from: Members): ProofMessage => ({ t: 'proof', proof: secret(from, 'proof') }),
  welcome: (from: Members): WelcomeMessage => {
    whole(from, 'version', 1, 1)
    const binding = from['binding']
    if (binding !== 'tls-exporter' && binding !== 'none') throw bad('an unknown binding')
    return {
      t: 'welcome',
      version: 1,
      session: plain(from, 'session'),
      epoch: whole(from, 'epoch', 1),
      role: role(from),
      identity: plain(from, 'identity'),
      software: plain(from, 'software'),
      features: features(from),
      limits: limits(from),
      time: whole(from, 'time'),
      binding,
      ...('proof' in from ? { proof: secret(from, 'proof') } : {}),
    }
  },
  ping: (from: Members): PingMessage => ({ t: 'ping', id: whole(from, 'id'), time: whole(from, 'time') }),
  pong: (from: Members): PingMessage => ({ t: 'pong', id: whole(from, 'id'), time: whole(from, 'time') }),
  ack: (from: Members): AckMessage => ({ t: 'ack', bytes: whole(from, 'bytes') }),
  window: (from: Members): WindowMessage => {
    const response = from['response']
    if (typeof response !== 'boolean') throw bad('response is neither true nor false')
    const sequence = whole(from, 'sequence', 1, 0xffff_ffff)
    return { t: 'window', sequence, response, credit: whole(from, 'credit', 1, MAX_CREDIT_BYTES) }
  },
  goodbye: (from: Members): GoodbyeMessage => {
    const text = 'text' in from ? from['text'] : ''
    if (typeof text !== 'string') throw bad('text is no text')
    return {
      t: 'goodbye',
      code: plain(from, 'code'),
      text,
      ...('at' in from ? { at: whole(from, 'at') } : {}),
      ...('retryAfterMs' in from ? { retryAfterMs: whole(from, 'retryAfterMs') } : {}),
    }
  },
}

/** Most that one `window` may grant. */
export const MAX_CREDIT_BYTES = 64 * INITIAL_CREDIT_BYTES

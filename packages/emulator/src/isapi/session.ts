// SPDX-License-Identifier: Apache-2.0
/**
 * Login of the web page: a challenge, a salted hash of the password against it, and a cookie that stands for the password
 * until it idles or is given back. Wrong answers count as wrong logins of any kind.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { answerToChallenge } from '@openhmp/protocol/isapi'
import { element, textAt, type XmlElement } from '@openhmp/protocol/xml'
import type { SessionScheme } from '../device/profile.ts'
import { type Answer, IsapiRefusal } from './answer.ts'
import type { DeviceCore } from './core.ts'
import { document, type Route, type Routed } from './route.ts'

/** Challenges that wait for an answer; of more, the oldest is forgotten. */
export const MAX_CHALLENGES = 32
const PATH = '/Security/sessionLogin'

interface Challenge {
  readonly userName: string
  readonly challenge: string
}
const challenges = new WeakMap<DeviceCore, Map<string, Challenge>>()

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The same for each user as long as the device lives; users that are not there have one as well. */
export const saltOf = ({ identity }: DeviceCore, userName: string, which: 'first' | 'second'): string =>
  createHmac('sha256', identity.serialNumber).update(`${which}:${userName}`).digest('hex')

/** Throws the refusal of a device that has no such login. */
const schemeOf = ({ profile }: DeviceCore): SessionScheme => {
  if (!profile.sessionLogin) throw new IsapiRefusal('notSupport')
  return profile.sessionLogin
}

const saltsOf = (core: DeviceCore, userName: string): { salt: string; salt2: string | undefined } => {
  const { isIrreversible, version } = schemeOf(core)
  return {
    salt: isIrreversible ? saltOf(core, userName, 'first') : '',
    salt2: version === '2.1' ? saltOf(core, userName, 'second') : undefined,
  }
}

const ask = ({ core, query }: Routed): Answer => {
  const { isIrreversible, iterations, version } = schemeOf(core)
  const userName = query.get('username') ?? ''
  if (userName === '') return { status: 'badParameters' }
  const sessionId = randomBytes(32).toString('hex')
  const challenge = randomBytes(16).toString('hex')
  const waiting = challenges.get(core) ?? new Map<string, Challenge>()
  challenges.set(core, waiting)
  waiting.set(sessionId, { userName, challenge })
  for (const oldest of waiting.keys()) {
    if (waiting.size <= MAX_CHALLENGES) break
    waiting.delete(oldest)
  }
  const { salt, salt2 } = saltsOf(core, userName)
  return {
    document: document(core, 'SessionLoginCap', [
      element('sessionID', sessionId),
      element('challenge', challenge),
      element('iterations', iterations),
      ...(version === '1' ? [] : [element('isIrreversible', isIrreversible), element('sessionIDVersion', version)]),
      ...(isIrreversible ? [element('salt', salt)] : []),
      ...(salt2 === undefined ? [] : [element('salt2', salt2)]),
    ]),
  }
}

const logIn = ({ core, body }: Routed): Answer => {
  const scheme = schemeOf(core)
  const [userName, told, sessionId] = ['userName', 'password', 'sessionID'].map((name) => textAt(body, name) ?? '')
  const waiting = challenges.get(core)
  const asked = waiting?.get(sessionId!)
  waiting?.delete(sessionId!)
  if (!asked || asked.userName !== userName) return { status: 'badParameters' }
  const password = core.accounts.passwordOf(userName)
  const expected = { ...scheme, ...saltsOf(core, userName), challenge: asked.challenge }
  const isRight =
    password !== undefined && told === answerToChallenge(expected, { username: userName, password }, sha256)
  core.accounts.result(userName, isRight)
  if (!isRight) return { document: refusal(core, userName), httpStatus: 401 }
  const id = core.webSessions.open(userName)
  if (id === undefined) return { status: 'deviceBusy' }
  const suffix = sha256(core.identity.serialNumber).slice(0, 10)
  return {
    document: document(core, 'SessionLogin', [
      element('statusValue', 200),
      element('statusString', 'OK'),
      element('isRiskPassword', false),
      element('isActivated', true),
      element('sessionID', id),
    ]),
    // Older ones tell the id alone.
    ...(scheme.version === '1' ? {} : { headers: { 'Set-Cookie': `WebSession_${suffix}=${id}; path=/; HttpOnly` } }),
  }
}

const refusal = (core: DeviceCore, userName: string): XmlElement => {
  const lockedSeconds = Math.ceil(core.accounts.lockedForMs(userName) / 1000)
  return document(core, 'SessionLogin', [
    element('statusValue', 401),
    element('statusString', 'Unauthorized'),
    element('lockStatus', lockedSeconds > 0 ? 'lock' : 'unlock'),
    element('unlockTime', lockedSeconds),
    element('retryLoginTime', core.accounts.triesLeft(userName)),
  ])
}

/** Of a request that came by a session; the carrier has prolonged it already. */
const withSession =
  (act: (core: DeviceCore, session: string) => void): Route['handle'] =>
  ({ core, session }) => {
    if (session === undefined) return { status: 'invalidOperation' }
    act(core, session)
    return { status: 'ok' }
  }

/** Paths of this part of the tree. */
export const sessionRoutes: readonly Route[] = [
  { method: 'GET', path: `${PATH}/capabilities`, open: 'anyone', handle: ask },
  { method: 'POST', path: PATH, open: 'anyone', handle: logIn },
  { method: 'PUT', path: '/Security/sessionHeartbeat', handle: withSession(() => {}) },
  { method: 'PUT', path: '/Security/sessionLogout', handle: withSession((core, id) => core.webSessions.close(id)) },
]

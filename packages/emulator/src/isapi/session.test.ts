// SPDX-License-Identifier: Apache-2.0
/** Logins of the web page: what is asked, what is taken, what counts as wrong. */
import { createHash } from 'node:crypto'
import { fromUtf8, utf8 } from '@openhmp/protocol/base'
import { answerToChallenge, readSessionChallenge, sessionLoginElement } from '@openhmp/protocol/isapi'
import { formatXml, numberAt, parseXml, textAt } from '@openhmp/protocol/xml'
import { describe, expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import type { ProfileName } from '../device/profile.ts'
import { answerIsapi, isOpen } from './router.ts'
import { MAX_CHALLENGES } from './session.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const open = (profile: ProfileName) => {
  const set = testDevice(profile)
  const ask = (method: string, target: string, body = '', session?: string) => {
    const response = answerIsapi(set.device, {
      ...{ method, target: `/ISAPI/Security/${target}`, body: utf8(body), session },
      user: session === undefined ? '' : (set.device.webSessions.userOf(session) ?? ''),
    })
    return { ...response, root: parseXml(response.body), text: fromUtf8(response.body) }
  }
  const challenge = (user = 'admin') =>
    readSessionChallenge(ask('GET', `sessionLogin/capabilities?username=${user}`).root)!
  const answer = (asked: ReturnType<typeof challenge>, password: string, username = 'admin') => {
    const told = answerToChallenge(asked, { username, password }, sha256)
    return ask('POST', 'sessionLogin?timeStamp=1', formatXml(sessionLoginElement(asked, username, told)))
  }
  return { ...set, ask, challenge, answer }
}
const password = (set: ReturnType<typeof open>) => set.device.accounts.admin.password

describe('a web session', () => {
  it.each<ProfileName>(['ipc-5.7', 'ipc-5.8', 'ipc-5.5', 'ptz', 'nvr-4'])(
    'of %s is opened, beaten, and given back',
    (profile) => {
      const set = open(profile)
      expect(isOpen(set.device, 'POST', '/ISAPI/Security/sessionLogin')).toBe(true)
      expect(isOpen(set.device, 'PUT', '/ISAPI/Security/sessionHeartbeat')).toBe(false)
      const { root, headers, status } = set.answer(set.challenge(), password(set))
      const id = textAt(root, 'sessionID')!
      expect([status, headers?.['Set-Cookie']?.includes(`=${id};`)]).toEqual([
        200,
        profile === 'ipc-5.5' ? undefined : true,
      ])
      expect(set.ask('PUT', 'sessionHeartbeat', '', id).status).toBe(200)
      expect(set.ask('PUT', 'sessionLogout', '', id).status).toBe(200)
      expect(set.device.webSessions.count).toBe(0)
    },
  )

  it('is none of old firmware, and none of who has not logged in', () => {
    expect(open('ipc-5.2').ask('GET', 'sessionLogin/capabilities?username=admin').status).toBe(403)
    expect(open('ipc-5.7').ask('PUT', 'sessionHeartbeat').status).toBe(403)
    expect(open('ipc-5.7').ask('GET', 'sessionLogin/capabilities').status).toBe(400)
  })

  it('counts what is wrong, until the account is locked', () => {
    const set = open('ipc-5.5')
    for (const left of [4, 3, 2, 1, 0]) {
      const { status, root } = set.answer(set.challenge(), 'wrong')
      expect([status, numberAt(root, 'retryLoginTime')]).toEqual([401, left])
    }
    expect(textAt(set.answer(set.challenge(), password(set)).root, 'lockStatus')).toBe('lock')
    expect(set.answer(set.challenge('nobody'), 'x', 'nobody').status).toBe(401)
  })

  it('answers a challenge once, and no older one than are kept', () => {
    const set = open('ipc-5.8')
    const [first, second] = [set.challenge(), set.challenge()]
    expect(first.salt).toBe(second.salt)
    expect(set.answer(first, password(set)).status).toBe(200)
    expect(set.answer(first, password(set)).status).toBe(400)
    for (let i = 0; i < MAX_CHALLENGES; i++) set.challenge()
    expect(set.answer(second, password(set)).status).toBe(400)
    expect(set.device.accounts.triesLeft('admin')).toBe(7)
  })
})

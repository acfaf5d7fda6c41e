// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'
import {
  answerToChallenge,
  MAX_SESSION_ITERATIONS,
  readSessionChallenge,
  readSessionOutcome,
  sessionLoginElement,
} from './session-login.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const challenge = '9524eedd2912a46ef2c0fcfa27e412c1'
const salt = 'bef6d541c1ac37f74d90b9d3dc642ab6ea54b17d653b10f24464867b6dbeacb5'
const user = { username: 'dalferin', password: 'test123456' }

describe('the hash of a session login', () => {
  it('of version 2 is that of the published vector', () => {
    const asked = { challenge, salt, salt2: undefined, iterations: 100, isIrreversible: true }
    expect(answerToChallenge(asked, user, sha256)).toBe(
      '86c59b2a28aafd52fccbd0a46f06200e50467cec0758eb32a8c5d5cce5b55abc',
    )
  })

  // Not from devices: these hold the order of the steps, counted by hand.
  it.each([
    ['version 2.1', { isIrreversible: true, salt: 's', salt2: 't' }, ['us' + 'p', 'ut<', '<c', '<', '<']],
    ['the reversible one', { isIrreversible: false, salt: '', salt2: undefined }, ['p', '<c', '<', '<']],
  ])('of %s goes so', (_, kind, steps) => {
    const seen: string[] = []
    const answer = answerToChallenge(
      { ...kind, challenge: 'c', iterations: 4 },
      { username: 'u', password: 'p' },
      (text) => {
        seen.push(text)
        return '<'
      },
    )
    expect([seen, answer]).toEqual([steps, '<'])
  })

  it.each([2, 3])('of %i rounds ends', (iterations) => {
    for (const isIrreversible of [true, false])
      expect(
        answerToChallenge({ challenge, salt, salt2: undefined, iterations, isIrreversible }, user, sha256),
      ).toBeTruthy()
  })
})

const cap = (inner: string) => parseXml(`<SessionLoginCap>${inner}</SessionLoginCap>`)

describe('the documents of a session login', () => {
  it('ask', () => {
    const text = '<sessionID>ab</sessionID><challenge>cd</challenge><iterations>100</iterations>'
    expect(readSessionChallenge(cap(text))).toEqual({
      ...{ sessionId: 'ab', challenge: 'cd', iterations: 100, isIrreversible: false, salt: '' },
      ...{ salt2: undefined, version: undefined },
    })
    expect(
      readSessionChallenge(cap(`${text}<isIrreversible>true</isIrreversible><salt>s</salt><salt2/>`)),
    ).toMatchObject({
      ...{ isIrreversible: true, salt: 's', salt2: undefined },
    })
  })

  it.each([
    ['nothing', ''],
    ['no challenge', '<sessionID>ab</sessionID><iterations>100</iterations>'],
    ['no rounds', '<sessionID>ab</sessionID><challenge>cd</challenge><iterations>0</iterations>'],
    [
      'one round, which would give the password away',
      '<sessionID>ab</sessionID><challenge>cd</challenge><iterations>1</iterations>',
    ],
    [
      'too many rounds',
      `<sessionID>a</sessionID><challenge>c</challenge><iterations>${MAX_SESSION_ITERATIONS + 1}</iterations>`,
    ],
  ])('ask %s', (_, inner) => {
    expect(readSessionChallenge(cap(inner))).toBeUndefined()
  })

  it('answer, and are judged', () => {
    const answer = formatXml(sessionLoginElement({ sessionId: 'ab', version: '2' }, 'a&b', 'ef'))
    expect(answer).toMatch(/<userName>a&amp;b<\/userName>\s*<password>ef<\/password>\s*<sessionID>ab</)
    const outcome = (inner: string) => readSessionOutcome(parseXml(`<SessionLogin>${inner}</SessionLogin>`))
    expect(outcome('<statusValue>200</statusValue><sessionID>x</sessionID>')).toMatchObject({
      isOk: true,
      sessionId: 'x',
    })
    expect(outcome('<statusValue>401</statusValue><lockStatus>lock</lockStatus><unlockTime>60</unlockTime>')).toEqual({
      ...{ isOk: false, sessionId: undefined, isLocked: true, unlockSeconds: 60 },
    })
    expect(outcome('').isOk).toBeUndefined()
  })

  it('may hold anything', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) => {
        const text = formatXml(sessionLoginElement({ sessionId: a, version: b }, c, a)).replaceAll('SessionLogin', 'X')
        readSessionChallenge(parseXml(text))
        readSessionOutcome(parseXml(text))
      }),
      { numRuns: 50 },
    )
  })
})

// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { parseXml } from '../xml/parse.ts'
import { readSealingScheme, sealingKey } from './sealing.ts'
import { MAX_SESSION_ITERATIONS } from './session-login.ts'

const cap = (inner: string) => readSealingScheme(parseXml(`<SecurityCap>${inner}</SecurityCap>`))

describe('sealed values', () => {
  it.each([
    ['<securityVersion opt="1"/>', { iterations: 100, isIrreversible: false, salt: '' }],
    [
      '<securityVersion opt="1,2">1</securityVersion><keyIterateNum>7</keyIterateNum><isIrreversible>true</isIrreversible><salt>ab</salt>',
      { iterations: 7, isIrreversible: true, salt: 'ab' },
    ],
    ['<securityVersion opt="2"/>', undefined],
    ['<securityVersion/>', undefined],
    ['', undefined],
    [`<securityVersion opt="1"/><keyIterateNum>${MAX_SESSION_ITERATIONS + 1}</keyIterateNum>`, undefined],
    ['<securityVersion opt="1"/><keyIterateNum>0</keyIterateNum>', undefined],
  ])('are offered so: %s', (inner, scheme) => {
    expect(cap(inner)).toEqual(scheme)
  })

  // Not from devices: these hold the order of the steps.
  it.each([
    [true, 's', ['usp', '<AaBbCcDd1234!@#$', '<']],
    [true, '', ['pAaBbCcDd1234!@#$', '<']],
    [false, 's', ['pAaBbCcDd1234!@#$', '<']],
  ])('have a key that is made so: irreversible %s, salt "%s"', (isIrreversible, salt, steps) => {
    const seen: string[] = []
    const key = sealingKey({ iterations: 2, isIrreversible, salt }, { username: 'u', password: 'p' }, (text) => {
      seen.push(text)
      return '<'
    })
    expect([seen, key]).toEqual([steps, '<'])
    expect(
      sealingKey({ iterations: 1, isIrreversible, salt }, { username: 'u', password: 'p' }, () => 'a'.repeat(64)),
    ).toHaveLength(32)
  })
})

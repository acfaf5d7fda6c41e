// SPDX-License-Identifier: Apache-2.0
import { utf8 } from '@openhmp/protocol/base'
import { formatXml, parseXml, setText, textAt } from '@openhmp/protocol/xml'
import { describe, expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import type { ProfileName } from './profile.ts'
import { keepBy, type SettingRule } from './setting-rule.ts'

const rules: SettingRule[] = [
  { at: '/a/#/b', does: { step: 64 } },
  { at: '/a/#/c', does: { least: 1, most: 250 } },
  { at: '/a/#/d', does: { letters: 3 } },
  { at: '/a/#/e', does: 'ignored' },
]

describe('what is kept of a value', () => {
  it.each([
    ['/a/101/b', '1000', { value: '960' }],
    ['/a/101/b', '1', { value: '64' }],
    ['/a/7/c', '400', { value: '250' }],
    ['/a/7/c', '0', { value: '1' }],
    ['/a/7/c', 'x', 'refused'],
    ['/a/7/d', 'abcd', { value: 'abc' }],
    ['/a/7/e[1]', 'x', 'ignored'],
    ['/a/7/f', 'x', { value: 'x' }],
    ['/b', '1', { value: '1' }],
  ])('%s = %s', (at, value, kept) => {
    expect(keepBy(rules, at, value)).toEqual(kept)
  })

  it.each<[ProfileName, string, string, string, number]>([
    ['ipc-5.7', 'constantBitRate', '1000', '1000', 200],
    ['ipc-5.5', 'constantBitRate', '1000', '960', 200],
    ['ipc-5.2', 'GovLength', '77', '10', 200],
    ['ipc-5.2', 'smoothing', '77', '50', 400],
    ['ptz', 'GovLength', '400', '250', 200],
  ])('%s: %s written as %s is read as %s', async (profile, name, written, read, status) => {
    const { device } = testDevice(profile)
    const target = '/ISAPI/Streaming/channels/101'
    const ask = async (method: string, body: Uint8Array = new Uint8Array()) =>
      device.handle({ method, target, body, user: 'admin' })
    const document = parseXml((await ask('GET')).body)
    setText(document, `Video/${name}`, written)
    expect((await ask('PUT', utf8(formatXml(document)))).status).toBe(status)
    expect(textAt(parseXml((await ask('GET')).body), `Video/${name}`)).toBe(read)
  })
})

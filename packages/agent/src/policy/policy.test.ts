// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Policy } from './policy.ts'

const standing = new Policy()

describe('the policy without a file', () => {
  it.each([
    ['GET', '/ISAPI/System/deviceInfo', true],
    ['GET', '/ISAPI/Streaming/channels/101/picture?x=1', true],
    ['GET', '/isapi/System/time', true],
    ['PUT', '/ISAPI/PTZCtrl/channels/1/continuous', true],
    ['POST', '/ISAPI/ContentMgmt/search', true],
    ['PUT', '/ISAPI/System/reboot', false],
    ['PUT', '/ISAPI/System/time', false],
    ['POST', '/ISAPI/Security/users', false],
    ['DELETE', '/ISAPI/Security/users/2', false],
    ['GET', '/ISAPI/System/configurationData', false],
    ['GET', '/ISAPI/System/configurationData?secretkey=x', false],
    ['GET', '/ISAPI/system/CONFIGURATIONDATA/', false],
    ['GET', '/ISAPI/System/%63onfigurationData', false],
    ['GET', '/ISAPI/System/./configurationData', false],
    ['GET', '/ISAPI/x/../System/configurationData', false],
    ['GET', '/ISAPI/x/..', false],
    ['GET', '/ISAPI//System/configurationData', false],
    ['GET', '/ISAPI/System%2fconfigurationData', false],
    ['GET', '/ISAPI/System%252fconfigurationData', false],
    ['GET', '/ISAPI/System\\configurationData', false],
    ['GET', '/ISAPI/System/configurationData;x', false],
    ['GET', '/ISAPI/%zz', false],
    ['PUT', '/ISAPI/PTZCtrl/../System/reboot', false],
    ['PUT', '/ISAPI/PTZCtrl/%2e%2e/System/reboot', false],
    ['PUT', '/ISAPI/PTZCtrlX/channels/1', false],
    ['GET', '/PSIA/System/deviceInfo', false],
  ])('%s %s: %s', (method, target, isAllowed) => {
    expect(standing.refusalOf('cam', method, target) === undefined).toBe(isAllowed)
  })

  it('lets all cameras be watched', () => {
    expect(standing.mayWatch('cam')).toBe(true)
  })
})

describe('a policy file', () => {
  it.each([
    [['192.168.1.0/24', 'fd12::/16'], true],
    [['192.168.1.0'], false],
    [['192.168.1.0/33'], false],
    [['camera.local/24'], false],
    [[7], false],
    ['192.168.1.0/24', false],
  ])('with the networks %j: %s', (networks, isGood) => {
    const reading = () => read({ networks }).rules.networks
    if (isGood) expect(reading()).toEqual(networks)
    else expect(reading).toThrow(expect.objectContaining({ code: 'policy.file' }))
  })

  const read = (content: unknown) => {
    const folder = mkdtempSync(join(tmpdir(), 'hmp-policy-'))
    try {
      const path = join(folder, 'policy.json')
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
      return Policy.read(path)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  it('is gone through from above, by device, and refuses in its own words', () => {
    const policy = read({
      live: ['gate'],
      rules: [
        { allow: false, methods: ['*'], paths: ['/ISAPI/*'], devices: ['vault'], text: 'not the vault' },
        { allow: true, methods: ['PUT'], paths: ['/ISAPI/System/reboot'] },
      ],
    })
    expect(policy.refusalOf('vault', 'PUT', '/ISAPI/System/reboot')).toBe('not the vault')
    expect(policy.refusalOf('gate', 'PUT', '/ISAPI/System/reboot')).toBeUndefined()
    expect(policy.refusalOf('gate', 'GET', '/ISAPI/System/time')).toMatch(/policy of this site/)
    expect([policy.mayWatch('gate'), policy.mayWatch('vault'), policy.rules.discovery]).toEqual([true, false, false])
  })

  it.each([
    ['{', /cannot be read/],
    [[], /no object/],
    [{ rulez: [] }, /"rulez", which is unknown/],
    [{ live: 'all' }, /live is no list/],
    [{ discovery: 1 }, /discovery/],
    [{ rules: {} }, /rules is no list/],
    [{ rules: [{ allow: 'yes', methods: [], paths: [] }] }, /rule 1: allow/],
    [{ rules: [{ allow: true, methods: ['GET'] }] }, /rule 1: paths/],
    [{ rules: [{ allow: true, methods: ['GET'], path: ['/'] }] }, /"path", which is unknown/],
  ])('that is wrong is refused: %j', (content, text) => {
    expect(() => read(content)).toThrow(text)
  })
})

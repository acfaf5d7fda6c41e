// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Grant, MAX_PEOPLE_GROUPS, type Scope } from '@openhmp/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Store } from '../store/store.ts'
import { Accounts } from './accounts.ts'
import { can, type LoadedDevice } from './can.ts'
import { mustHaveGrants } from './may-give.ts'

const all: Scope = { kind: 'all' }
const north: Scope = { kind: 'site', site: 'North' }
const grant = (role: string, scope: Scope = all, hours: Grant['hours'] = []): Grant => ({ role, scope, hours })
const gate: LoadedDevice = { kind: 'device', device: 'gate', site: 'North', tags: [] }
const yard: LoadedDevice = { kind: 'device', device: 'yard', site: 'South', tags: [] }

let dataDir: string
let store: Store
let accounts: Accounts
let told: string[]

const open = async () => {
  accounts = await Accounts.open(store, () => 0)
  told = []
  accounts.onChange(({ name }) => void told.push(name))
}
const add = (name: string, grants: Grant[], groups: string[] = []) =>
  accounts.add({ id: name, name, passwordHash: 'x', grants, groups })

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-groups-'))
  store = await Store.open({ dataDir, now: () => 0, onCrash: () => {} })
  await open()
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

describe('groups of people', () => {
  it('give their rights beside one’s own, also after a restart', async () => {
    await accounts.putGroup('guards', { name: 'Guards', grants: [grant('operator', north)] }, true)
    await add('ada', [grant('viewer')], ['guards'])
    for (const again of [false, true]) {
      if (again) await open()
      const ada = accounts.get('ada')
      expect([can(ada, 'alarm.handle', gate), can(ada, 'alarm.handle', yard), can(ada, 'live.view', yard)]).toEqual([
        ...[true, false, true],
      ])
      expect([ada.grants.length, ada.allGrants.length, ada.groups]).toEqual([1, 2, ['guards']])
    }
  })

  it('tell all who are in them of a change, and nobody else', async () => {
    await accounts.putGroup('guards', { name: 'Guards', grants: [grant('viewer')] }, true)
    const ada = await add('ada', [], ['guards'])
    await add('bob', [grant('viewer')])
    await accounts.putGroup('guards', { name: 'Guards', grants: [] }, false)
    expect([told, can(ada, 'live.view', gate)]).toEqual([['ada'], false])
    await accounts.change('bob', { groups: ['guards'] })
    await accounts.putRole('own', { name: 'Own', permissions: ['live.view'] }, true)
    await accounts.putGroup('guards', { name: 'Guards', grants: [grant('own')] }, false)
    told.length = 0
    await accounts.putRole('own', { name: 'Own', permissions: ['event.view'] }, false)
    expect(told.sort()).toEqual(['ada', 'bob'])
    expect([can(ada, 'live.view', gate), can(ada, 'event.view', gate)]).toEqual([false, true])
  })

  it('are neither doubled nor unknown, nor removed with somebody in them, nor a role that they give', async () => {
    await accounts.putRole('own', { name: 'Own', permissions: [] }, true)
    await accounts.putGroup('guards', { name: 'Guards', grants: [grant('own')] }, true)
    await add('ada', [], ['guards'])
    for (const [code, work] of [
      ['people-group.exists', () => accounts.putGroup('other', { name: 'ＧUARDS', grants: [] }, true)],
      ['people-group.unknown', () => accounts.putGroup('other', { name: 'Other', grants: [] }, false)],
      ['people-group.unknown', () => accounts.change('ada', { groups: ['other'] })],
      ['people-group.unknown', () => add('eve', [], ['other'])],
      ['people-group.unknown', () => accounts.removeGroup('other')],
      ['people-group.used', () => accounts.removeGroup('guards')],
      ['role.used', () => accounts.removeRole('own')],
      ['role.unknown', () => accounts.putGroup('guards', { name: 'Guards', grants: [grant('made up')] }, false)],
    ] as const)
      await expect(work(), code).rejects.toMatchObject({ code })
    await accounts.change('ada', { groups: [] })
    await accounts.removeGroup('guards')
    await accounts.removeRole('own')
    expect(accounts.groups.list()).toEqual([])
  })

  it('make nobody the last administrator: that is a right of one’s own', async () => {
    await accounts.putGroup('chiefs', { name: 'Chiefs', grants: [grant('administrator')] }, true)
    await add('ada', [grant('administrator')])
    const bob = await add('bob', [], ['chiefs'])
    expect([accounts.isOwner(bob), can(bob, 'user.manage', { kind: 'system' })]).toEqual([false, true])
    await expect(accounts.remove('ada')).rejects.toMatchObject({ code: 'person.last' })
    await expect(accounts.change('ada', { grants: [], groups: ['chiefs'] })).rejects.toMatchObject({
      code: 'person.last',
    })
  })

  it('are given by who has always what they give, be it by a group', async () => {
    const hours = [{ days: [1], from: '08:00', to: '16:00' }]
    await accounts.putGroup('chiefs', { name: 'Chiefs', grants: [grant('administrator')] }, true)
    await accounts.putGroup('by day', { name: 'By day', grants: [grant('administrator', all, hours)] }, true)
    await accounts.putGroup('there', { name: 'There', grants: [grant('administrator', north)] }, true)
    const give = (by: string) => () => mustHaveGrants(accounts, accounts.get(by), accounts.groups.grantsOf(['chiefs']))
    for (const group of ['chiefs', 'by day', 'there']) await add(group, [], [group])
    expect(give('chiefs')).not.toThrow()
    for (const group of ['by day', 'there'])
      expect(give(group)).toThrow(expect.objectContaining({ code: 'person.more' }))
  })

  it('have room for so many', async () => {
    for (let i = 0; i < MAX_PEOPLE_GROUPS; i++) await accounts.putGroup(`${i}`, { name: `${i}`, grants: [] }, true)
    await expect(accounts.putGroup('more', { name: 'more', grants: [] }, true)).rejects.toMatchObject({
      code: 'people-group.many',
    })
  })
})

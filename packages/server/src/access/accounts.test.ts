// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Grant, MAX_ROLES, Permission, type Scope } from '@openhmp/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Store } from '../store/store.ts'
import { Accounts } from './accounts.ts'
import { camerasOf, can, canSomewhere, knowsOf, type Loaded, type LoadedDevice, SYSTEM } from './can.ts'

const all: Scope = { kind: 'all' }
const grant = (role: string, scope: Scope = all, hours: Grant['hours'] = []): Grant => ({ role, scope, hours })
const gate: LoadedDevice = { kind: 'device', device: 'gate', site: 'North', tags: ['outdoor'] }
const yard: LoadedDevice = { kind: 'device', device: 'yard', site: 'South', tags: [] }
/** A Monday, 12:00 of the server's zone. */
const noon = new Date(2026, 10, 23, 12).getTime()

let dataDir: string
let store: Store
let nowMs: number
let accounts: Accounts

const reopen = () => Accounts.open(store, () => nowMs)
const add = (name: string, ...grants: Grant[]) => accounts.add({ id: name, name, passwordHash: 'x', grants })

beforeEach(async () => {
  nowMs = noon
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-accounts-'))
  store = await Store.open({ dataDir, now: () => nowMs, onCrash: () => {} })
  accounts = await reopen()
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

describe('what somebody may do', () => {
  it.each([
    ['everywhere', all, true, true, true],
    ['at a site', { kind: 'site', site: 'North' }, true, false, false],
    ['by a tag', { kind: 'tag', tag: 'outdoor' }, true, false, false],
    ['with a device', { kind: 'device', device: 'gate' }, true, false, false],
    ['at a site that is not there', { kind: 'site', site: 'West' }, false, false, false],
  ] as [string, Scope, boolean, boolean, boolean][])('%s', async (_, scope, atGate, atYard, everywhere) => {
    const ada = await add('ada', grant('viewer', scope))
    expect([gate, yard, SYSTEM].map((subject) => can(ada, 'live.view', subject))).toEqual([atGate, atYard, everywhere])
    for (const subject of [gate, yard, SYSTEM]) expect(can(ada, 'device.configure', subject)).toBe(false)
    expect([canSomewhere(ada, 'live.view'), canSomewhere(ada, 'user.manage')]).toEqual([true, false])
    expect([knowsOf(ada, gate), knowsOf(ada, yard)]).toEqual([atGate, atYard])
  })

  it('with one camera: that one, not its neighbour, nor what is of the device or of none', async () => {
    const ada = await add('ada', grant('viewer', { kind: 'camera', device: 'gate' as never, channel: 2 }))
    const at = (channel: number | null | undefined): Loaded => ({ ...gate, channel }) as Loaded
    const channels = [2, 3, null, undefined]
    expect(channels.map((channel) => can(ada, 'live.view', at(channel)))).toEqual([true, false, false, false])
    expect(channels.map((channel) => knowsOf(ada, at(channel)))).toEqual([true, false, false, true])
    expect(camerasOf(ada, 'live.view', gate)).toEqual([2])
    expect(camerasOf(ada, 'device.reboot', gate)).toEqual([])
    expect(camerasOf({ ...ada, rights: ada.rights, only: ['event.view'] }, 'live.view', gate)).toEqual([])
    expect([knowsOf(ada, { ...yard, channel: 2 }), camerasOf(ada, 'live.view', yard)]).toEqual([false, []])
  })

  it('within some hours alone', async () => {
    const day = { days: [1], from: '08:00', to: '16:00' }
    const ada = await add('ada', grant('viewer', all, [day]))
    expect(can(ada, 'live.view', gate)).toBe(true)
    nowMs += 5 * 3_600_000
    expect(can(ada, 'live.view', gate)).toBe(false)
  })

  it('no more than a token or a wall says', async () => {
    const ada = await add('ada', grant('administrator'))
    const wall = { ...ada, rights: ada.rights, only: ['live.view'] as const }
    expect([can(wall, 'live.view', SYSTEM), can(wall, 'device.view', SYSTEM)]).toEqual([true, false])
    expect(canSomewhere(wall, 'device.view')).toBe(false)
  })

  it('changes while they are here, and stays over a restart', async () => {
    const ada = await add('ada', grant('viewer'))
    const told: string[] = []
    accounts.onChange(({ id }) => told.push(id))
    await accounts.change('ada', { grants: [grant('operator', { kind: 'site', site: 'North' })] })
    expect([can(ada, 'device.reboot', gate), can(ada, 'live.view', yard)]).toEqual([true, false])
    const again = (await reopen()).get('ada')
    expect([can(again, 'device.reboot', gate), can(again, 'live.view', yard)]).toEqual([true, false])
    await accounts.change('ada', { isDisabled: true })
    expect([ada, (await reopen()).get('ada')].map((one) => can(one, 'live.view', gate))).toEqual([false, false])
    expect(told).toEqual(['ada', 'ada'])
  })
})

describe('roles', () => {
  it('are made, changed for who has them at once, and not removed from under them', async () => {
    const guard = await accounts.putRole('guard', { name: 'Guard', permissions: ['live.view'] }, true)
    const ada = await add('ada', grant(guard.id))
    expect([can(ada, 'live.view', gate), can(ada, 'alarm.handle', gate)]).toEqual([true, false])
    await accounts.putRole('guard', { name: 'Guard', permissions: ['alarm.handle'] }, false)
    expect([can(ada, 'live.view', gate), can(ada, 'alarm.handle', gate)]).toEqual([false, true])
    expect(can((await reopen()).get('ada'), 'alarm.handle', gate)).toBe(true)
    await expect(accounts.removeRole('guard')).rejects.toMatchObject({ code: 'role.used' })
    await accounts.remove('ada')
    await accounts.removeRole('guard')
    await expect(add('ben', grant('guard'))).rejects.toMatchObject({ code: 'role.unknown' })
  })

  it('that are built in stay as they are; names are used once; there are so many', async () => {
    for (const id of ['administrator', 'viewer'])
      await expect(accounts.putRole(id, { name: 'x', permissions: [] }, false)).rejects.toMatchObject({
        code: 'role.unknown',
      })
    await expect(accounts.removeRole('viewer')).rejects.toMatchObject({ code: 'role.unknown' })
    const make = (i: number, name = String(i)) => accounts.putRole(`r${i}`, { name, permissions: [] }, true)
    await expect(make(0, 'VIEWER')).rejects.toMatchObject({ code: 'role.exists' })
    for (let i = 0; i < MAX_ROLES; i++) await make(i)
    await expect(make(MAX_ROLES)).rejects.toMatchObject({ code: 'role.many' })
    expect(accounts.permissionsOf('administrator')).toEqual(new Set(Permission.options))
  })
})

describe('accounts', () => {
  it('have names that do not look alike', async () => {
    await add('Ada')
    await add('ben')
    await expect(add('ａｄａ')).rejects.toMatchObject({ code: 'person.exists' })
    await expect(accounts.change('ben', { name: 'ADA' })).rejects.toMatchObject({ code: 'person.exists' })
    await expect(accounts.change('nobody', {})).rejects.toMatchObject({ code: 'person.unknown' })
    expect((await accounts.change('Ada', { name: 'ADA' })).name).toBe('ADA')
  })

  it.each([
    ['disabled', { isDisabled: true }],
    ['robbed of the role', { grants: [grant('operator')] }],
    ['kept to a site', { grants: [grant('administrator', { kind: 'site', site: 'North' })] }],
    ['let in at some hours', { grants: [grant('administrator', all, [{ from: '08:00', to: '16:00' }])] }],
  ])('the last administrator is not %s', async (_, change) => {
    await add('ada', grant('administrator'))
    await expect(accounts.change('ada', change)).rejects.toMatchObject({ code: 'person.last' })
    await expect(accounts.remove('ada')).rejects.toMatchObject({ code: 'person.last' })
    await add('ben', grant('administrator'))
    await accounts.change('ada', change)
    await expect(accounts.remove('ben')).rejects.toMatchObject({ code: 'person.last' })
  })

  it('two administrators cannot take each other away at once', async () => {
    await add('ada', grant('administrator'))
    await add('ben', grant('administrator'))
    const both = await Promise.allSettled([accounts.remove('ada'), accounts.remove('ben')])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })
})

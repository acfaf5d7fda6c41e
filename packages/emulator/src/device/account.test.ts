// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import { isGoodPassword, MAX_USER_NAME_LENGTH, MAX_USERS } from './account.ts'

const clerk = { userName: 'clerk', level: 'Viewer', password: 'hello-123' } as const

describe('accounts of a device', () => {
  it('come, change and go; a free number is used again', () => {
    const { accounts } = testDevice().device
    expect(accounts.add(clerk)).toEqual({ id: 2, ...clerk })
    expect(accounts.add({ ...clerk, userName: 'other' }).id).toBe(3)
    accounts.change(2, { password: 'changed-1', level: 'Operator' })
    expect(accounts.find('clerk')).toMatchObject({ level: 'Operator', password: 'changed-1' })
    accounts.change(2, { userName: 'clerk2' })
    expect(accounts.find('clerk')).toBeUndefined()
    accounts.remove(2)
    expect(accounts.add({ ...clerk, userName: 'third' }).id).toBe(2)
    expect(accounts.all.map(({ id }) => id)).toEqual([1, 2, 3])
  })

  it('lose their lock with their name', () => {
    const { accounts } = testDevice('ipc-5.5').device
    accounts.add(clerk)
    for (let i = 0; i < 5; i++) accounts.result('clerk', false)
    expect(accounts.passwordOf('clerk')).toBeUndefined()
    accounts.remove(2)
    accounts.add(clerk)
    expect(accounts.passwordOf('clerk')).toBe('hello-123')
  })

  it.each<[string, string, (accounts: ReturnType<typeof testDevice>['device']['accounts']) => unknown]>([
    ['user-inherent', 'the administrator away', (accounts) => accounts.remove(1)],
    ['user-inherent', 'the administrator renamed', (accounts) => accounts.change(1, { userName: 'root' })],
    ['user-inherent', 'the administrator lowered', (accounts) => accounts.change(1, { level: 'Viewer' })],
    ['user-unknown', 'nobody', (accounts) => accounts.remove(9)],
    ['user-unknown', 'no name', (accounts) => accounts.add({ ...clerk, userName: '' })],
    [
      'user-unknown',
      'a long name',
      (accounts) => accounts.add({ ...clerk, userName: 'x'.repeat(MAX_USER_NAME_LENGTH + 1) }),
    ],
    ['user-duplicate', 'a name twice', (accounts) => accounts.add({ ...clerk, userName: 'admin' })],
    ['password-weak', 'a weak password', (accounts) => accounts.add({ ...clerk, password: 'password' })],
    ['password-weak', 'a weak new password', (accounts) => accounts.change(1, { password: 'short1' })],
  ])('refuse with %s: %s', (reason, _what, act) => {
    const { accounts } = testDevice().device
    expect(() => act(accounts)).toThrow(expect.objectContaining({ reason }))
    expect(accounts.all).toHaveLength(1)
  })

  it('are full at some time', () => {
    const { accounts } = testDevice().device
    for (let i = 1; i < MAX_USERS; i++) accounts.add({ ...clerk, userName: `clerk${i}` })
    expect(() => accounts.add(clerk)).toThrow(expect.objectContaining({ reason: 'users-full' }))
  })

  it('want a good password, but for firmware older than that', () => {
    expect(isGoodPassword('abcdefg1', 'admin')).toBe(true)
    for (const bad of ['abcdef1', 'abcdefgh', '12345678', 'a1'.repeat(9), 'xadmin12', ''])
      expect(isGoodPassword(bad, 'admin'), bad).toBe(false)
    const { accounts } = testDevice('ipc-5.2').device
    expect(accounts.change(1, { password: '1' }).password).toBe('1')
  })
})

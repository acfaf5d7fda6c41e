// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import { guardedDevice, LOGIN_BLOCK_MS, LoginGuard, loginGuardOf, MAX_GUARDED } from './login-guard.ts'

const clockAt = (): Clock & { ms: number } => ({
  ms: 0,
  now() {
    return this.ms
  },
  monotonic() {
    return this.ms
  },
  sleep: () => Promise.resolve(),
})
const wrong = { username: 'admin', password: 'wrong' }
const right = { username: 'admin', password: 'right' }
const blocked = expect.objectContaining({ code: 'login.blocked' })

describe('login guard', () => {
  it('lets two refusals through, then waits', () => {
    const clock = clockAt()
    const guard = new LoginGuard(clock)
    guard.refused('cam', wrong)
    guard.check('CAM', wrong)
    guard.refused('cam', wrong)
    expect(() => guard.check('Cam', wrong)).toThrow(blocked)
    guard.check('cam', right)
    guard.check('other', wrong)
    clock.ms = LOGIN_BLOCK_MS
    guard.check('cam', wrong)
    guard.refused('cam', wrong)
    expect(() => guard.check('cam', wrong)).toThrow(blocked)
  })

  it('forgets after a success', () => {
    const guard = new LoginGuard(clockAt())
    guard.refused('cam', wrong)
    guard.accepted('cam', wrong)
    guard.refused('cam', wrong)
    guard.check('cam', wrong)
  })

  it('remembers no more than its limit', () => {
    const guard = new LoginGuard(clockAt())
    for (let i = 0; i < 2; i++) guard.refused('first', wrong)
    for (let i = 0; i < MAX_GUARDED; i++) guard.refused(`cam${i}`, wrong)
    guard.check('first', wrong)
  })

  it('is one for all that share a clock, and knows devices by host', () => {
    const clock = clockAt()
    expect(loginGuardOf(clock)).toBe(loginGuardOf(clock))
    expect(guardedDevice('192.0.2.1', 554)).toBe('192.0.2.1')
    expect(guardedDevice('127.0.0.1', 554)).toBe('127.0.0.1:554')
    expect(guardedDevice('::1', 554)).toBe('::1:554')
    expect(guardedDevice('2001:db8::1', 554)).toBe('2001:db8::1')
  })
})

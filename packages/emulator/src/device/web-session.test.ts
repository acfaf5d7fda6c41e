// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { WEB_SESSION_MS, WebSessions, webSessionOf } from './web-session.ts'

describe('web sessions', () => {
  it('last while they are used, and are over when they are not', async () => {
    const clock = new VirtualClock()
    const sessions = new WebSessions(clock, 2)
    const id = sessions.open('admin')!
    await clock.advance(WEB_SESSION_MS - 1)
    expect(sessions.userOf(id)).toBe('admin')
    await clock.advance(WEB_SESSION_MS - 1)
    expect(sessions.userOf(id)).toBe('admin')
    await clock.advance(WEB_SESSION_MS)
    expect(sessions.userOf(id)).toBeUndefined()
  })

  it('are so many and no more, until one is closed or over', async () => {
    const clock = new VirtualClock()
    const sessions = new WebSessions(clock, 2)
    const ids = [sessions.open('admin')!, sessions.open('clerk')!]
    expect(ids[0]).not.toBe(ids[1])
    expect(sessions.open('admin')).toBeUndefined()
    sessions.close(ids[0]!)
    expect(sessions.userOf(ids[0]!)).toBeUndefined()
    expect(sessions.open('admin')).toBeDefined()
    await clock.advance(WEB_SESSION_MS)
    expect(sessions.open('admin')).toBeDefined()
    sessions.closeAll()
    expect(sessions.open('admin')).toBeDefined()
  })

  it('end when their user has another password, but for the one that changed it', () => {
    const sessions = new WebSessions(new VirtualClock(), 4)
    const [mine, other, clerk] = [sessions.open('admin')!, sessions.open('admin')!, sessions.open('clerk')!]
    sessions.closeOf('admin', mine)
    expect([mine, other, clerk].map((id) => sessions.userOf(id))).toEqual(['admin', undefined, 'clerk'])
  })

  const id = 'ab'.repeat(32)
  it.each([
    [`WebSession=${id}`, id],
    [`a=b; WebSession_0f3a=${id}; c=d`, id],
    [`XWebSession=${id}`, undefined],
    ['WebSession=short', undefined],
    [`WebSession=${'ab'.repeat(65)}`, undefined],
    [undefined, undefined],
  ])('are named by the cookie %s', (cookie, expected) => {
    expect(webSessionOf(cookie)).toBe(expected)
  })
})

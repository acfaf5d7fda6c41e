// SPDX-License-Identifier: Apache-2.0
import { LinkError, PeerError } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import { Secret } from '../secret/secret.ts'
import type { KnownDevice } from './device-row.ts'
import type { Gear } from './gear.ts'
import { agreed, proveLogin, whichPassword } from './two-passwords.ts'

const known = { secret: new Secret('present'), nextSecret: new Secret('next') } as unknown as KnownDevice
const { signal } = new AbortController()
const no = (code: string) => new PeerError(code, code, { retry: 'after-login' })

/** A device that answers to a password so, and the passwords that it was asked with. */
const device = (answers: Readonly<Record<string, Error | undefined>>) => {
  const asked: string[] = []
  const open = ({ secret, nextSecret }: KnownDevice): Gear => {
    expect(nextSecret).toBeUndefined()
    const password = secret!.reveal()
    const uptime = async () => {
      asked.push(password)
      if (answers[password]) throw answers[password]
      return 1
    }
    return { uptime, [Symbol.asyncDispose]: async () => {} } as Partial<Gear> as Gear
  }
  return { asked, open }
}

describe('which of two passwords', () => {
  const refused = no('isapi.unauthorized')
  it.each([
    ['next', {}, ['next']],
    ['present', { next: refused }, ['next', 'present']],
    ['present', { next: no('login.blocked') }, ['next', 'present']],
    ['next', { next: no('isapi.forbidden') }, ['next']], // let in, and not allowed
  ] as const)('%s', async (which, answers, logins) => {
    const { asked, open } = device(answers)
    expect(await whichPassword(known, open, signal)).toBe(which)
    expect(asked).toEqual(logins)
    const secret = agreed(known, which)
    expect([secret.secret?.reveal(), secret.nextSecret]).toEqual([which, undefined])
  })

  it.each([
    ['neither', { next: refused, present: refused }, 'isapi.unauthorized', ['next', 'present']],
    ['a locked account', { next: no('isapi.locked') }, 'isapi.locked', ['next']],
    ['a lost line', { next: new LinkError('link.reset', 'x', { address: 'x' }) }, 'link.reset', ['next']],
    ['a line that is lost later', { next: refused, present: no('isapi.locked') }, 'isapi.locked', ['next', 'present']],
  ] as const)('is not known after %s, and no third login is tried', async (_, answers, code, logins) => {
    const { asked, open } = device(answers)
    await expect(whichPassword(known, open, signal)).rejects.toMatchObject({ code })
    expect(asked).toEqual(logins)
  })

  it('is the one that there is', async () => {
    const { open } = device({ next: refused })
    await expect(whichPassword({ ...known, secret: undefined }, open, signal)).rejects.toBe(refused)
    await expect(proveLogin(open({ ...known, nextSecret: undefined }), signal)).resolves.toBeUndefined()
  })
})

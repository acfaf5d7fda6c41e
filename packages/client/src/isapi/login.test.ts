// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { DigestVerifier, type HashName } from '@openhmp/protocol/digest'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { LOGIN_BLOCK_MS, LoginGuard } from '../login-guard.ts'
import { IsapiLogin } from './login.ts'

const nodeNames = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const
const hash = (name: HashName, text: string) => createHash(nodeNames[name]).update(text).digest('hex')

/** A device with one account, which counts wrong answers; `/never` is refused whatever the answer. */
const bench = (algorithms: readonly HashName[] = ['MD5']) => {
  const clock = new VirtualClock()
  const device = { password: 'old', wrong: 0 }
  let nonces = 0
  const verifierOf = (some: readonly HashName[]) =>
    new DigestVerifier({
      realm: 'r',
      algorithms: [...some],
      qop: true,
      hash,
      nonce: () => `n${nonces++}`,
      nonceLifeMs: 3_600_000,
    })
  let verifier = verifierOf(algorithms)
  const login = new IsapiLogin({
    credentials: { username: 'admin', password: 'old' },
    guard: new LoginGuard(clock),
    device: 'camera',
    name: 'camera:80',
    allowBasic: false,
    monotonic: () => clock.monotonic(),
  })
  const ask = async (path: string): Promise<string> => {
    try {
      const { status } = await login.send('GET', path, async (authorization) => {
        await Promise.resolve()
        const verdict = verifier.verify(authorization, 'GET', path, () => device.password, clock.monotonic())
        if (verdict.ok && path !== '/never') return { status: 200, headers: {} }
        if (authorization !== undefined) device.wrong++
        return { status: 401, headers: { 'www-authenticate': verifier.challenge(clock.monotonic()) } }
      })
      return String(status)
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  const offer = (some: readonly HashName[]) => {
    verifier = verifierOf(some)
  }
  return { clock, device, ask, offer }
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

describe('IsapiLogin', () => {
  it.each([
    [1, 3],
    [2, 3],
    [4, 5],
  ])('sends a password that was changed while %i requests were under way %i times', async (parallel, most) => {
    const { device, ask } = bench()
    expect(await ask('/')).toBe('200')
    device.password = 'new'
    const first = await Promise.all(times(parallel, (i) => ask(`/${i}`)))
    expect(new Set(first)).toEqual(new Set(['isapi.unauthorized']))
    for (let i = 0; i < 20; i++) await ask(`/later/${i}`)
    expect(await ask('/')).toBe('login.blocked')
    expect(device.wrong).toBeLessThanOrEqual(most)
  })

  it('asks once when the block is over, and goes on when the password is right again', async () => {
    const { clock, device, ask } = bench()
    await ask('/')
    device.password = 'new'
    for (let i = 0; i < 4; i++) await ask('/')
    const wrong = device.wrong
    await clock.advance(LOGIN_BLOCK_MS)
    expect([await ask('/'), await ask('/')]).toEqual(['isapi.unauthorized', 'login.blocked'])
    expect(device.wrong).toBe(wrong + 1)
    device.password = 'old'
    await clock.advance(LOGIN_BLOCK_MS)
    expect([await ask('/'), await ask('/')]).toEqual(['200', '200'])
  })

  it('does not hold a resource that is always refused against the account, while others are given', async () => {
    const { ask } = bench()
    for (let i = 0; i < 10; i++) expect([await ask('/'), await ask('/never')]).toEqual(['200', 'isapi.unauthorized'])
    expect(await ask('/')).toBe('200')
  })

  it('takes a stronger login, and answers no weaker one after that', async () => {
    const { device, ask, offer } = bench(['MD5'])
    expect(await ask('/')).toBe('200')
    offer(['MD5', 'SHA-256'])
    expect(await ask('/')).toBe('200')
    const wrong = device.wrong
    offer(['MD5'])
    expect([await ask('/'), await ask('/')]).toEqual(['digest.downgrade', 'digest.downgrade'])
    expect(device.wrong - wrong).toBeLessThanOrEqual(1) // the answer that was made for SHA-256, sent before the change was seen
    offer(['SHA-256'])
    expect(await ask('/')).toBe('200')
  })

  it('does not send a password again for those that waited while it was refused', async () => {
    const { device, ask } = bench()
    device.password = 'other'
    expect(new Set(await Promise.all(times(50, (i) => ask(`/${i}`))))).toEqual(new Set(['isapi.unauthorized']))
    expect(device.wrong).toBe(1)
  })
})

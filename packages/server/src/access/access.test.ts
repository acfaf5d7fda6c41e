// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SecondStep } from '@openhmp/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Audit } from '../audit/audit.ts'
import { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import { Store } from '../store/store.ts'
import { Access, type Entry } from './access.ts'
import { Accounts } from './accounts.ts'
import { can, SYSTEM } from './can.ts'
import { MAX_HASHING, MAX_WAITING, Passwords } from './password.ts'
import { Proofs } from './proofs.ts'
import { ABSOLUTE_MS, IDLE_MS, MAX_SESSIONS_PER_USER, Sessions } from './sessions.ts'
import { MAX_CODES_AN_HOUR, MAX_WRONG_TRIES, type PrintedCode, SetupCode } from './setup-code.ts'
import { MAX_FAILURES, MAX_KEYS, MAX_NETWORK_FAILURES, networkOf, TryLimit } from './try-limit.ts'

const cheap = { memoryKib: 64, passes: 1 }
const good = new Secret('correct horse battery')
let dataDir: string
let store: Store
let nowMs = 1_000_000
const now = () => nowMs

beforeEach(async () => {
  nowMs = 1_000_000
  dataDir = mkdtempSync(join(tmpdir(), 'hmp-access-'))
  store = await Store.open({ dataDir, now, onCrash: () => {} })
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

const openAccess = async (adminPassword?: Secret) => {
  const printed: PrintedCode[] = []
  const code = new SetupCode({ now, print: (one) => printed.push(one) })
  const accounts = await Accounts.open(store, now)
  const sessions = await Sessions.open(store, now, accounts)
  const audit = await Audit.open(store, now)
  const shared = { store, passwords: new Passwords(cheap), limit: new TryLimit(now), now, monotonic: now }
  const made = Proofs.open({ ...shared, sealer: new Sealer(new Uint8Array(32)) })
  const parts = { ...shared, ...made, accounts, sessions, audit, code }
  return { access: await Access.open(parts, adminPassword), ...made, accounts, printed, sessions, audit }
}

const entered = (entry: Entry | SecondStep): Entry => {
  if ('ticket' in entry) throw new Error('asks for a second step')
  return entry
}

describe('first run', () => {
  it.each(['typed', 'link'] as const)('is finished by the printed code, %s, once', async (form) => {
    const { access, printed, sessions } = await openAccess()
    const given = { code: printed[0]![form].toLowerCase(), name: 'Ada', password: good, source: '192.0.2.1' }
    if (form === 'link') given.code = printed[0]!.link
    const { user, token } = await access.finishSetup(given)
    expect(sessions.find(token)?.user).toEqual(user)
    await expect(access.finishSetup(given)).rejects.toMatchObject({ code: 'setup.done' })
    expect(access.needsSetup).toBe(false)
    await expect(access.signIn({ name: 'ADA', password: good, source: 's' })).resolves.toMatchObject({ user })
  })

  it('burns a code after five wrong tries, and prints no more than a few', async () => {
    const { access, printed } = await openAccess()
    const wrong = () => access.finishSetup({ code: 'AAAAA-AAAAA', name: 'x', password: good, source: 's' })
    for (let i = 1; i < MAX_WRONG_TRIES; i++) await expect(wrong()).rejects.toMatchObject({ code: 'setup.code' })
    await expect(wrong()).rejects.toMatchObject({ code: 'setup.code-over' })
    expect(printed).toHaveLength(2)
    for (let i = 0; i < 100; i++) await wrong().catch(() => {})
    expect(printed).toHaveLength(MAX_CODES_AN_HOUR)
  })

  it('refuses easy passwords, and takes one from the outside', async () => {
    const { access, printed } = await openAccess()
    for (const easy of ['short', 'aaaaaaaaaaaaaa', 'openhmp-openhmp', 'administrator1']) {
      const given = { code: printed[0]!.typed, name: 'administrator', password: new Secret(easy), source: 's' }
      await expect(access.finishSetup(given)).rejects.toMatchObject({ code: 'password.weak' })
    }
    const again = await openAccess(good)
    expect(again.access.needsSetup).toBe(false)
    expect(again.printed).toEqual([])
  })
})

describe('sign-in', () => {
  it('says the same of a wrong name and a wrong password, and slows guessing down', async () => {
    const { access } = await openAccess(good)
    const wrong = (name: string) => access.signIn({ name, password: new Secret('no'), source: '192.0.2.1' })
    await expect(wrong('admin')).rejects.toMatchObject({ code: 'login.wrong' })
    await expect(wrong('nobody')).rejects.toMatchObject({ code: 'login.wrong' })
    for (let i = 1; i < MAX_FAILURES; i++) await wrong('admin').catch(() => {})
    const right = (source: string) => access.signIn({ name: 'admin', password: good, source })
    await expect(right('192.0.2.1')).rejects.toMatchObject({ code: 'login.wait' })
    await expect(right('198.51.100.1')).resolves.toBeDefined()
    nowMs += 61_000
    await expect(right('192.0.2.1')).resolves.toBeDefined()
  })

  it('ends sessions by age, idleness and number', async () => {
    const { access, sessions } = await openAccess(good)
    const enter = async () => entered(await access.signIn({ name: 'admin', password: good, source: 's' }))
    const { token } = await enter()
    nowMs += IDLE_MS - 1
    expect(sessions.find(token)).toBeDefined()
    nowMs += IDLE_MS
    expect(sessions.find(token)).toBeUndefined()
    const second = await enter()
    for (let ms = 0; ms < ABSOLUTE_MS; ms += IDLE_MS / 2) {
      sessions.find(second.token)
      nowMs += IDLE_MS / 2
    }
    expect(sessions.find(second.token)).toBeUndefined()
    const tokens: string[] = []
    for (let i = 0; i <= MAX_SESSIONS_PER_USER; i++) tokens.push((await enter()).token)
    expect(sessions.find(tokens[0])).toBeUndefined()
    expect(sessions.find(tokens[1])).toBeDefined()
    const reopened = await Sessions.open(store, now, await Accounts.open(store, now))
    expect(reopened.count).toBe(MAX_SESSIONS_PER_USER)
    expect(reopened.find(tokens[1])?.user.name).toBe('admin')
  })
})

describe('bounds', () => {
  it('computes few passwords at a time and refuses a flood', async () => {
    const passwords = new Passwords(cheap)
    const flood = Array.from({ length: MAX_HASHING + MAX_WAITING + 5 }, () => passwords.hash(good))
    const outcomes = await Promise.allSettled(flood)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(5)
  })

  it('limits a network, and forgets the oldest of many', () => {
    const limit = new TryLimit(now)
    for (let i = 0; i < MAX_NETWORK_FAILURES; i++) limit.failed(`user${i}`, `192.0.2.${i}`)
    expect(() => limit.check('other', '192.0.2.200')).toThrow(/try again/)
    limit.check('other', '192.0.3.1')
    for (let i = 0; i <= MAX_KEYS; i++)
      limit.failed('x', `2001:db8:${(i >> 8).toString(16)}:${(i & 255).toString(16)}::1`)
    limit.check('other', '192.0.2.200')
  })

  it.each([
    ['192.0.2.7', '192.0.2'],
    ['::ffff:192.0.2.7', '192.0.2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:0db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['::1', '0:0:0:0'],
  ])('knows the network of %s', (address, network) => expect(networkOf(address)).toBe(network))

  it('denies by default', () => {
    expect(can(undefined, 'live.view', SYSTEM)).toBe(false)
    expect(can({ id: '1', name: 'x', rights: [] }, 'live.view', SYSTEM)).toBe(false)
  })
})

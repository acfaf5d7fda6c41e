// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SignOnSettings } from '@openhmp/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Store } from '../store/store.ts'
import { Accounts } from './accounts.ts'
import { Identities, MAX_WAITING_PEOPLE, type Proof } from './identities.ts'

const stack = new AsyncDisposableStack()
const viewer = { role: 'viewer', scope: { kind: 'all' as const }, hours: [] }
const settings: Pick<SignOnSettings, 'groups' | 'makesPeople'> = { groups: [], makesPeople: true }
let store: Store
let accounts: Accounts
const ended: string[] = []
const now = () => 1_700_000_000_000
const sessions = { endOf: async (id: string) => void ended.push(id) }
const openIdentities = () => Identities.open({ store, accounts, sessions, settings: () => settings, now })
let identities: Identities
const proof = (subject: string, more: Partial<Proof> = {}): Proof => ({
  ...{ way: 'oidc', issuer: 'https://id.example', subject, name: subject, groups: [] },
  ...more,
})
const unknown = expect.objectContaining({ code: 'signOn.unknown' })

beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hmp-identities-'))
  stack.defer(() => rmSync(dataDir, { recursive: true }))
  store = stack.use(await Store.open({ dataDir, now, onCrash: () => {} }))
  accounts = await Accounts.open(store, now)
  identities = await openIdentities()
})
afterAll(() => stack.disposeAsync())

describe('identities', () => {
  it('that wait are bounded, the oldest gives way, and nobody waits twice', async () => {
    for (let n = 0; n < MAX_WAITING_PEOPLE + 3; n++)
      await expect(identities.enter(proof(`p${n}`))).rejects.toEqual(unknown)
    await expect(identities.enter(proof('p50', { name: 'Other' }))).rejects.toEqual(unknown)
    const waiting = identities.waiting()
    expect(waiting).toHaveLength(MAX_WAITING_PEOPLE)
    expect(waiting[0]).toMatchObject({ subject: 'p50', name: 'Other' })
    expect(waiting.at(-1)).toMatchObject({ subject: 'p3' })
  })

  it('of one person that come twice at once make one account', async () => {
    Object.assign(settings, {
      groups: [
        { group: 'guards', grant: viewer },
        { group: 'gone', grant: { ...viewer, role: 'gone' } },
      ],
    })
    const twice = () => identities.enter(proof('twice', { groups: ['guards', 'gone', 'guards'] }))
    const [one, other] = await Promise.all([twice(), twice()])
    expect(one).toBe(other)
    expect(one!.grants).toEqual([viewer])
    expect(identities.followers()).toEqual([one!.id])
  })

  it('are kept, and go with their accounts', async () => {
    const again = await openIdentities()
    const account = await again.enter(proof('twice', { groups: ['guards'] }))
    await expect(again.enter(proof('twice', { issuer: 'https://other.example' }))).rejects.toEqual(unknown)
    await expect(again.enter(proof('twice'))).rejects.toMatchObject({ code: 'signOn.no-group' })
    expect([account.grants, ended]).toEqual([[], [account.id]])
    await accounts.remove(account.id)
    expect(again.followers()).toEqual([])
    await expect(again.enter(proof('twice'))).rejects.toEqual(unknown)
  })

  it('never have the name of somebody here', async () => {
    await accounts.add({ id: 'ada', name: 'Ada', passwordHash: 'x', grants: [] })
    await expect(identities.enter(proof('s', { name: 'ＡＤＡ', groups: ['guards'] }))).rejects.toEqual(unknown)
    const { id } = identities.waiting().find(({ subject }) => subject === 's')!
    await expect(identities.letIn(id, 'ada', [])).rejects.toMatchObject({ code: 'person.exists' })
    expect((await identities.letIn(id, 'Ada two', [])).hasPassword).toBe(false)
  })

  it('take an account over once, and it stays theirs', async () => {
    await accounts.add({ id: 'cy', name: 'Cy', passwordHash: 'x', grants: [viewer] })
    await expect(identities.enter(proof('cy-1'))).rejects.toEqual(unknown)
    await expect(identities.enter(proof('cy-2'))).rejects.toEqual(unknown)
    const idOf = (subject: string) => identities.waiting().find((one) => one.subject === subject)!.id
    const second = idOf('cy-2')
    expect((await identities.tie(idOf('cy-1'), 'cy')).hasPassword).toBe(false)
    expect(ended.at(-1)).toBe('cy')
    await expect(identities.tie(second, 'cy')).rejects.toMatchObject({ code: 'person.elsewhere' })
    const again = await Accounts.open(store, now)
    expect(again.get('cy').hasPassword).toBe(false)
    expect((await identities.enter(proof('cy-1'))).id).toBe('cy')
  })
})

// SPDX-License-Identifier: Apache-2.0
/** Another sealing key while the server runs: everything that is sealed opens under it, and nothing is left under the old one. */
import { randomBytes } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf } from '../src/access/totp.ts'
import { verifyAudit } from '../src/index.ts'
import { emulate } from './emulated.ts'
import { awaitState, type House, makePlace, openHouse, until } from './harness.ts'
import { directoryWish, setSignOn, wishOf } from './sign-on-house.ts'

const stack = new AsyncDisposableStack()
const place = stack.use(makePlace())
let house: House
let first: string
let second: string

const keyLines = (): string[] => readFileSync(place.keyFile, 'utf8').trim().split('\n')
/** Each column of each row that names this key, wherever it is. */
const namedIn = (key: string): string[] => {
  using database = new DatabaseSync(join(place.dataDir, 'openhmp.db'), { readOnly: true })
  const tables = database.prepare(`select "name" from "sqlite_master" where "type" = 'table'`).all()
  return tables.flatMap(({ name }) =>
    (database.prepare(`select * from "${name}"`).all() as Record<string, unknown>[]).flatMap((row) =>
      Object.entries(row)
        .filter(([, value]) => typeof value === 'string' && value.includes(`2.${key}.`))
        .map(([column]) => `${name}.${column}`),
    ),
  )
}
const names = async (): Promise<{ name: string; sealed: number; isNewest: boolean }[]> =>
  (await house.call<{ keys: { name: string; sealed: number; isNewest: boolean }[] }>('GET', '/keys')).body.keys
const done = async (method: string, path: string, body?: unknown) => {
  const answer = await house.call<Record<string, unknown>>(method, path, body)
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300)
  return answer.body
}

/** Something sealed in every place there is. */
const SEALED = ['device.secret', 'device.secret', 'job.specJson', 'pushSubscription.sealed', 'secondFactor.appSecret']
const ALL = [...SEALED, 'setting.value', 'setting.value', 'setting.value', 'target.secret']

beforeAll(async () => {
  house = await openHouse(place)
  const account = { userName: 'admin', password: 'Sealed1Device' }
  const camera = stack.use(await emulate({ password: account.password }))
  const { device } = await house.add({ kind: 'isapi', name: 'Gate', address: camera.devices[0]!.httpUrl, ...account })
  await awaitState(house, device.id, 'online')
  await house.add({ kind: 'hmp', name: 'Yard' } as never)
  await done('POST', '/targets', {
    name: 'Hook',
    way: { kind: 'webhook', url: 'https://192.0.2.1/hook' },
    password: 'sealed-hook-1',
  })
  const provider = wishOf(house, 'https://127.0.0.1:1').oidc!
  const { directory } = directoryWish({ url: 'ldaps://127.0.0.1:1', ca: null })
  await setSignOn(house, wishOf(house, '', { oidc: { ...provider, secret: 'sealed-provider' }, directory }))
  await done('GET', '/subscriptions/key')
  const keys = {
    p256dh: Buffer.concat([Buffer.of(4), randomBytes(64)]).toString('base64url'),
    auth: randomBytes(16).toString('base64url'),
  }
  await done('POST', '/subscriptions', { endpoint: 'https://192.0.2.1/push', keys })
  const { id } = await done('POST', '/passwords/rotate', { devices: [device.id], password: 'Sealed2Device' })
  await until(async () => (await done('GET', `/jobs/${id}`))['state'] === 'done', 20_000, 'the end of the job')
  // Not the administrator, whose password alone is to be enough here.
  const ben = { name: 'ben', password: 'seven unrelated words', mustChangePassword: false, grants: [] }
  await done('POST', '/people', ben)
  const as = await house.enter(ben.name, ben.password)
  const { secret } = (await house.as<{ secret: string }>(as, 'POST', '/account/app')).body
  const bits = [...String(secret)].map((one) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0'),
  )
  const app = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2)),
  )
  const code = codeOf(app, Math.floor(Date.now() / 30_000))
  expect((await house.as(as, 'PUT', '/account/app', { code })).status).toBe(200)
  first = (await names())[0]!.name
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
  await stack.disposeAsync()
})

describe('the sealing key', () => {
  it('is in use wherever something is sealed: this test has something of each', () => {
    expect(namedIn(first).sort()).toEqual(ALL)
    const sealing = globSync('packages/server/src/**/*.ts', { exclude: ['**/*.test.ts'] })
      .filter((path) => /sealer\.seal\(/.test(readFileSync(path, 'utf8')))
      .map((path) => path.split('/src/')[1])
    // Who seals in another place adds it here, to `sealedValues`, and something of it above.
    expect(sealing.sort()).toEqual([
      ...['access/factors.ts', 'access/sign-on-settings.ts', 'api/account-routes.ts', 'fleet/device-row.ts'],
      ...['link/device-authority.ts', 'rule/subscriptions.ts', 'rule/targets.ts', 'rule/vapid.ts'],
    ])
  })

  it('that cannot be written is not taken', async () => {
    mkdirSync(`${place.keyFile}.new`)
    expect((await house.call('POST', '/keys')).body.code).toBe('key.unwritable')
    rmSync(`${place.keyFile}.new`, { recursive: true })
    expect([keyLines().length, (await names()).length]).toEqual([1, 1])
  })

  it('is replaced while the server runs, and all is sealed anew', async () => {
    const rotated = await done('POST', '/keys')
    second = String(rotated['name'])
    expect(rotated).toMatchObject({ unopened: 0, resealed: ALL.length + 1 })
    expect([namedIn(first), namedIn(second).sort()]).toEqual([[], ALL])
    expect(await names()).toEqual([
      { name: second, isNewest: true, sealed: ALL.length + 1 },
      { name: first, isNewest: false, sealed: 0 },
    ])
    await house.add({ kind: 'hmp', name: 'Newer' } as never)
    expect(namedIn(first)).toEqual([])
  })

  it('of before is gone after the next start; checkpoints of both hold the audit', async () => {
    await house[Symbol.asyncDispose]()
    expect(keyLines().map((line) => line.split(' ')[0]!.length > 10)).toEqual([true, true, false])
    house = await openHouse(place)
    expect(keyLines()).toHaveLength(2)
    expect(await names()).toMatchObject([{ name: second, isNewest: true }])
    expect(verifyAudit(place)).toMatchObject({ faults: [] })
    expect(verifyAudit(place).checkpoints).toBeGreaterThan(0)
    expect(house.errors).toEqual([])
  })

  it('that was replaced signs no later rows', async () => {
    const [newest, line] = keyLines() as [string, string]
    writeFileSync(place.keyFile, `${newest}\n${line.replace(/\d+$/, '0')}\n`)
    expect(verifyAudit(place).faults.map(({ kind }) => kind)).toContain('checkpoint')
    writeFileSync(place.keyFile, `${newest}\n${line}\n`)
  })

  it('that a crash has left half taken is taken at the next start', async () => {
    await house[Symbol.asyncDispose]()
    const [newest, line] = keyLines() as [string, string]
    writeFileSync(place.keyFile, `${randomBytes(32).toString('base64')}\n${newest}\n${line}\n`)
    house = await openHouse(place)
    const [third, ...others] = await names()
    expect([others, namedIn(second)]).toEqual([[], []])
    expect(namedIn(third!.name).length).toBe(ALL.length + 1)
    expect(keyLines()[0]).not.toBe(newest)
  })
})

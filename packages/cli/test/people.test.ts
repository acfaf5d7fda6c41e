// SPDX-License-Identifier: Apache-2.0
/** `hmp people`, each a process of its own, against a server: rights given, used, taken away. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@openhmp/client'
import { type Server, startServer } from '@openhmp/server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { signIn } from '../../../tools/product/api.ts'
import type { Product } from '../../../tools/product/start.ts'
import { createLog } from '../src/output/log.ts'
import { runHmp } from './hmp.ts'

const PASSWORD = 'a long password for tests'
const GIVEN = 'words for the first day'
const BENS = 'seven unrelated words here'
let folder: string
let server: Server

const hmp = (...args: string[]) =>
  runHmp(args, { XDG_CONFIG_HOME: folder, HMP_PASSWORD: PASSWORD, HMP_USER_PASSWORD: GIVEN })
/** As Ben, in a place of his own. */
const ben = (...args: string[]) => runHmp(args, { XDG_CONFIG_HOME: join(folder, 'ben'), HMP_PASSWORD: BENS })
/** At his first sign-in, with the password that Ada gave him. */
const newBen = (...args: string[]) =>
  runHmp(args, { XDG_CONFIG_HOME: join(folder, 'ben'), HMP_PASSWORD: GIVEN, HMP_NEW_PASSWORD: BENS })
const login = (as: typeof hmp, ...more: string[]) =>
  as('login', server.url, '--fingerprint', server.caFingerprint, ...more)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hmp-people-'))
  server = await startServer({
    ...{ dataDir: join(folder, 'data'), keyFile: join(folder, 'key'), port: 0, host: '127.0.0.1', clock: systemClock },
    ...{ adminPassword: PASSWORD, passwordCost: { memoryKib: 64, passes: 1 }, log: createLog(true) },
  })
}, 60_000)
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

it('gives rights, says them, and takes them away', async () => {
  expect((await login(hmp)).exitCode).toBe(0)
  expect((await hmp('people', 'roles')).stdout).toMatch(/Viewer\s+live\.view live\.listen/)
  const unknown = await hmp('people', 'add', 'ben', '--right', 'guard')
  expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('"guard" is none of the roles')])
  const added = await hmp('people', 'add', 'ben', '--right', 'viewer', '--right', 'operator@site:North')
  expect([added.exitCode, added.stdout]).toEqual([0, 'ben may sign in now.\n'])
  expect((await hmp('people')).stdout).toMatch(/ben\s+Viewer everywhere; Operator at site North\s+yes/)
  expect((await login(newBen, '--user', 'ben')).exitCode).toBe(0)
  expect((await ben('alarms')).exitCode).toBe(0)
  const refused = await ben('people')
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('your account may not do this')])
  const ada = await signIn({ url: server.url, password: PASSWORD } as Product)
  const wish = { name: 'Dashboard', permissions: ['event.view'] }
  const { secret } = await ada.post<{ secret: string }>('/account/tokens', wish)
  const program = (...args: string[]) => runHmp(args, { XDG_CONFIG_HOME: folder, HMP_TOKEN: secret })
  expect((await program('alarms')).exitCode).toBe(0)
  expect((await program('people')).stderr).toContain('your account may not do this')
  const plain = await runHmp(['alarms'], { HMP_TOKEN: secret, HMP_CMS: 'http://127.0.0.1' })
  expect([plain.exitCode, plain.stderr.includes(secret)]).toEqual([2, false])
  expect((await hmp('people', 'rights', 'BEN')).exitCode).toBe(0)
  expect((await ben('alarms')).stderr).toContain('your account may not do this')
  const refusals = await hmp(
    'audit',
    '--who',
    'ben',
    '--action',
    'access.',
    '--since',
    '1h',
    '--outcome',
    'refused',
    '--json',
  )
  const { rows } = JSON.parse(refusals.stdout) as { rows: { who: string; detail: object }[] }
  expect(rows.map(({ who, detail }) => [who, detail])).toContainEqual([
    'ben',
    { route: 'GET /people', code: 'forbidden' },
  ])
  const text = await hmp('audit', '--action', 'person.', '--limit', '1')
  expect(text.stdout).toMatch(/^\S+Z {2}done {5}admin {2}\S+ {2}person\.\S+ /)
  expect((await hmp('audit', '--outcome', 'perhaps')).stderr).toContain('--outcome')
  expect((await hmp('audit', '--since', 'soon')).stderr).toContain('is no time')
  expect((await hmp('people', 'off', 'ben')).stdout).toBe('ben may not sign in any more.\n')
  expect((await login(ben, '--user', 'ben')).stderr).toContain('switched off')
  const last = await hmp('people', 'remove', 'admin')
  expect([last.exitCode, last.stderr]).toEqual([1, expect.stringContaining('the last administrator')])
  expect((await hmp('people', 'remove', 'ben')).stdout).toBe('ben is removed.\n')
  expect((await hmp('keys')).stdout).toMatch(/[0-9a-f]{8}\s+now\s+\d+/)
  expect((await hmp('keys', 'rotate')).stdout).toMatch(
    /^Key [0-9a-f]{8} seals from now on; \d+ values were sealed anew\.\n/,
  )
  await server[Symbol.asyncDispose]()
  const env = { HMP_KEY_FILE: join(folder, 'key') }
  const whole = await runHmp(['verify', '--data', join(folder, 'data')], env)
  expect([whole.exitCode, whole.stdout]).toEqual([
    0,
    expect.stringMatching(/^\d+ rows, \d checkpoints, .*: whole\.\n$/),
  ])
  rmSync(join(folder, 'key.audit'))
  const cut = await runHmp(['verify', '--data', join(folder, 'data')], env)
  expect([cut.exitCode, cut.stdout]).toEqual([1, expect.stringContaining('there is no checkpoint')])
}, 60_000)

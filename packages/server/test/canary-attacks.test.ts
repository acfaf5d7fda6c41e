// SPDX-License-Identifier: Apache-2.0
/**
 * Secrets that are planted wherever one can be entered, and looked for afterwards: in the files of the data folder, in every
 * answer of the API, in a backup that somebody opens, in the list of processes, and in the log at its most talkative level, byte by byte.
 */
import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { routes } from '@openhmp/contract'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backUp } from '../src/backup/backup.ts'
import { unseal } from '../src/backup/sealed-stream.ts'
import { Secret } from '../src/secret/secret.ts'
import { emulate } from './emulated.ts'
import { awaitState, makePlace, openHouse, PASSWORD } from './harness.ts'
import { directoryWish, setSignOn, wishOf } from './sign-on-house.ts'

const stack = new AsyncDisposableStack()
/** By what each is. */
const secrets: Record<string, string> = {
  "an administrator's password": PASSWORD,
  "a person's password": 'canary seven unrelated words',
  "a device's password": 'Canary1Device',
  'a password that was wrong': 'Canary2Wrong',
  "a broker's password": 'canary-broker-4711',
  "a mail server's password": 'canary-mail-4712',
  "a webhook's key": 'canary-webhook-4713',
  "a provider's client secret": 'canary-provider-4714',
  'the password that a directory is asked with': 'canary-directory-4715',
}
let files: Buffer[]
let logged: string
let answers: string
/** What `ps` shows of every process of this machine while the server runs. */
let processes: string

const commandLines = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return '' // it has ended
      }
    })
    .join('\n')

/** All files below a folder. */
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

beforeAll(async () => {
  const place = stack.use(makePlace())
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const camera = stack.use(await emulate({ password: secrets["a device's password"]! }))
  {
    await using house = await openHouse(place, { log })
    const account = { userName: 'admin', password: secrets["a device's password"]! }
    const { device } = await house.add({ kind: 'isapi', address: camera.devices[0]!.httpUrl, ...account })
    await awaitState(house, device.id, 'online')
    const { token } = await house.add({ kind: 'hmp', name: 'Yard' } as never)
    secrets["a device's key"] = token!.split(':')[2]!
    await house.call('POST', '/devices/probe', {
      ...{ address: camera.devices[0]!.httpUrl, userName: 'nobody', password: secrets['a password that was wrong'] },
    })
    const provider = wishOf(house, 'https://127.0.0.1:1').oidc!
    const { directory } = directoryWish({ url: 'ldaps://127.0.0.1:1', ca: null })
    const signOn = wishOf(house, '', {
      oidc: { ...provider, secret: secrets["a provider's client secret"] },
      directory: { ...directory!, secret: secrets['the password that a directory is asked with'] },
    })
    await setSignOn(house, signOn)
    for (const way of ['oidc', 'directory']) await house.call('POST', '/sign-on/try', { way, settings: signOn })
    expect((await house.as('', 'POST', '/sign-on/oidc', {})).status).toBe(503)
    const broker = { kind: 'mqtt', host: '192.0.2.1', userName: 'u' }
    const mail = { kind: 'email', host: '192.0.2.1', userName: 'u', from: 'a@b.example', to: ['c@d.example'] }
    const hook = { kind: 'webhook', url: 'https://192.0.2.1/hook' }
    for (const [name, way] of [
      ["a broker's password", broker],
      ["a mail server's password", mail],
      ["a webhook's key", hook],
    ] as const) {
      const { status } = await house.call('POST', '/targets', { name, way, password: secrets[name] })
      expect(status, name).toBe(200)
    }
    const person = { name: 'ben', password: secrets["a person's password"]!, mustChangePassword: false, grants: [] }
    await house.call('POST', '/people', person)
    secrets["a person's session"] = (await house.enter(person.name, person.password)).split('=')[1]!
    secrets["an administrator's session"] = house.cookie.split('=')[1]!
    await house.enter('ben', secrets['a password that was wrong']!)
    const wish = { name: 'Program', permissions: ['device.view'] }
    const made = await house.call<{ secret: string }>('POST', '/account/tokens', wish)
    secrets["a program's token"] = made.body.secret.slice('hmp_'.length)
    const joined = await house.call<{ token: string }>('POST', '/links/tokens', { role: 'device' })
    secrets['the code of a join token'] = joined.body.token.split(':')[2]!
    const { recovery } = (await house.call<{ recovery: string[] }>('POST', '/account/recovery')).body
    secrets['a recovery code'] = recovery[0]!
    const said: string[] = []
    for (const route of routes.filter(({ method, path }) => method === 'GET' && !/live$|picture$/.test(path))) {
      const path = route.path.replace(':id', device.id).replace(':channel', '1')
      const { bytes } = await house.call('GET', path)
      said.push(bytes.toString())
    }
    answers = said.join('\n')
    processes = commandLines()
    // While it runs: what waits in the write-ahead log, too.
    files = filesOf(place.dataDir).map((file) => readFileSync(file))
    // A backup as who knows its passphrase reads it.
    const file = join(dirname(place.dataDir), 'backup')
    const [passphrase, cost] = [new Secret('a passphrase for copies'), { N: 16, r: 1, p: 1 }]
    await backUp({ ...place, file, passphrase, cost })
    const parts: Buffer[] = []
    for await (const part of unseal(createReadStream(file), passphrase, cost)) parts.push(part)
    files.push(Buffer.concat(parts))
  }
  files.push(...filesOf(place.dataDir).map((file) => readFileSync(file)))
  logged = lines.join('')
}, 60_000)
afterAll(() => stack.disposeAsync())

const kinds = [
  ...["an administrator's password", "a person's password", "a device's password", "a device's key"],
  ...["a broker's password", "a mail server's password", "a webhook's key", "a person's session"],
  ...[
    "an administrator's session",
    "a program's token",
    'the code of a join token',
    'a password that was wrong',
    'a recovery code',
  ],
]

describe('a secret that was entered', () => {
  it.each(kinds)('%s stands in no file and no answer', (kind) => {
    const secret = secrets[kind]!
    expect(secret.length).toBeGreaterThan(9)
    expect(files.some((file) => file.includes(secret))).toBe(false)
    expect(answers.includes(secret)).toBe(false)
    expect(processes.includes(secret)).toBe(false)
  })

  it('would be found: names stand in files and answers; what was logged, if anything, has none', () => {
    expect(files.some((file) => file.includes('Yard'))).toBe(true)
    expect(answers).toContain('Yard')
    expect(processes).toMatch(/node/)
    for (const [kind, secret] of Object.entries(secrets)) expect(logged.includes(secret), kind).toBe(false)
  })
})

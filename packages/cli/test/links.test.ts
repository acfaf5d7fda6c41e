// SPDX-License-Identifier: Apache-2.0
/** `hmp links` and `hmp agent`, each a process of its own: a site joins, is seen, is asked how it is, is cut off, forgets its devices. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@openhmp/client'
import type { Link, OpenToken } from '@openhmp/contract'
import { type Emulator, startEmulator } from '@openhmp/emulator'
import { type Server, startServer } from '@openhmp/server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLog } from '../src/output/log.ts'
import { runHmp, startHmp } from './hmp.ts'

const PASSWORD = 'a long password for tests'
const DEVICE_PASSWORD = 'a device password 7'
const PATIENT = { timeout: 20_000 }
let folder: string
let server: Server
let emulator: Emulator

const hmp = (...args: string[]) => runHmp(args, { XDG_CONFIG_HOME: folder, HMP_PASSWORD: PASSWORD })
const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await hmp(...args, '--json')).stdout)
const agentEnv = (more: Record<string, string> = {}) => ({
  HMP_AGENT_DATA: join(folder, 'site'),
  HMP_AGENT_KEY_FILE: join(folder, 'site-key', 'key'),
  ...more,
})
const agent = (args: string[], more: Record<string, string> = {}) => runHmp(['agent', ...args], agentEnv(more))
/** What `hmp agent status` reads: asked more often than a process can be started. */
const statusFile = (): string => {
  try {
    return readFileSync(join(folder, 'site', 'status.json'), 'utf8')
  } catch {
    return '' // not written yet
  }
}
const listed = () => json<{ links: Link[]; tokens: OpenToken[] }>('links')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hmp-links-'))
  server = await startServer({
    ...{ dataDir: join(folder, 'data'), keyFile: join(folder, 'key'), port: 0, host: '127.0.0.1', clock: systemClock },
    ...{ adminPassword: PASSWORD, passwordCost: { memoryKib: 64, passes: 1 }, log: createLog(true) },
  })
  const ports = { cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, clock: systemClock }
  emulator = await startEmulator({ ...ports, user: 'admin', password: DEVICE_PASSWORD })
  await hmp('login', server.url, '--fingerprint', server.caFingerprint)
}, 60_000)
afterAll(async () => {
  await emulator?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

it('makes a token that is shown once, and lists it as open', async () => {
  expect((await hmp('links')).stdout).toBe('Nobody dials in.\n')
  const long = await hmp('links', 'join', '--name', 'x'.repeat(200))
  expect([long.exitCode, long.stderr]).toEqual([2, expect.stringMatching(/^hmp: name: .*\[usage\]\n$/)])
  const made = await hmp('links', 'join', '--agent', '--name', 'Harbour', '--site', 'North')
  expect([made.exitCode, made.stdout]).toEqual([0, expect.stringMatching(/^hmp1j:\S+\n$/)])
  expect(made.stderr).toContain('good once, until')
  const { stdout } = await hmp('links')
  expect(stdout).toMatch(/agent +Harbour +North +admin/)
  expect(stdout).not.toContain(made.stdout.split(':')[2])

  const wrong = await agent(['join'], { HMP_JOIN: 'hmp1j:nonsense' })
  expect([wrong.exitCode, wrong.stderr.split('\n').length]).toEqual([1, 2])
  const joined = await agent(['join'], { HMP_JOIN: made.stdout.trim() })
  expect([joined.exitCode, joined.stdout]).toEqual([
    0,
    expect.stringMatching(/^\S+ will dial hmps:\/\/localhost:\d+\n$/),
  ])
  expect((await listed()).tokens).toEqual([])
}, 60_000)

it('adds devices that let it in, says how it is, and forgets what it is told to', async () => {
  const address = new URL(emulator.devices[0]!.httpUrl).host
  const refused = await agent(['add', 'gate', address], { HMP_DEVICE_PASSWORD: 'Wrong12345' })
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('[isapi.unauthorized]')])
  const added = await agent(['add', 'gate', address], { HMP_DEVICE_PASSWORD: DEVICE_PASSWORD })
  expect([added.exitCode, added.stdout]).toEqual([0, `gate is ${emulator.devices[0]!.model} at ${address}\n`])
  const before = await agent(['status'])
  expect([before.exitCode, before.stderr]).toEqual([1, expect.stringContaining('[agent.status]')])

  const running = startHmp(['agent'], agentEnv())
  const ended = new Promise((resolve) => running.once('close', resolve))
  try {
    await expect.poll(statusFile, PATIENT).toContain('"state": "online"')
    await expect.poll(statusFile, PATIENT).toContain('"isUp": true')
    expect((await agent(['status'])).stdout).toMatch(/runs\nlinked to hmps:[\s\S]*gate .* online/)
    const [link] = (await listed()).links
    expect(link).toMatchObject({ name: 'Harbour', site: 'North', role: 'agent', isOnline: true })
    expect((await hmp('links')).stdout).toMatch(/Harbour .*North +agent +online since .* certificate/)

    const asked = await hmp('links', 'revoke', 'Harbour')
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('--yes')])
    const nobody = await hmp('links', 'revoke', 'nobody', '--yes')
    expect([nobody.exitCode, nobody.stderr]).toEqual([2, expect.stringContaining('there is no link "nobody"')])
    expect((await hmp('links', 'revoke', 'Harbour', '--yes')).stdout).toBe(`${link!.identity} is revoked\n`)
    await expect.poll(statusFile, PATIENT).toContain('"isUp": false')
    expect((await agent(['status'])).stdout).toMatch(/no link to hmps:.*: .*revoked/)
    expect((await listed()).links).toMatchObject([{ isOnline: false, signsInBy: 'none' }])
  } finally {
    running.kill('SIGTERM')
    expect(await ended).toBe(0)
  }
  expect((await agent(['remove', 'gate'])).stdout).toBe('gate is forgotten\n')
  const gone = await agent(['remove', 'gate'])
  expect([gone.exitCode, gone.stderr]).toEqual([1, 'hmp: there is no device gate [agent.device]\n'])
}, 60_000)

it('prints the policy that is in force, and names what is wrong in a file', async () => {
  const path = join(folder, 'policy.json')
  const { stdout } = await agent(['policy'])
  writeFileSync(path, stdout)
  writeFileSync(path, JSON.stringify({ ...JSON.parse(stdout), discoverx: true }))
  const broken = await agent(['policy', path])
  expect([broken.exitCode, broken.stderr]).toEqual([1, expect.stringMatching(/discoverx.*\[policy\.file\]/)])
}, 60_000)

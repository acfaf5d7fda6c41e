// SPDX-License-Identifier: Apache-2.0
/** The commands for a CMS: each a process of its own, against a server and devices that are processes, too. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { DeviceApplied, Job, JobDevice } from '@openhmp/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runHmp, startHmp } from './hmp.ts'

const PASSWORD = 'a long password for tests'
let folder: string
let server: ChildProcess
let url: string
let fingerprint: string

const hmp = (...args: string[]) => runHmp(args, { XDG_CONFIG_HOME: folder, HMP_PASSWORD: PASSWORD })
const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await hmp(...args, '--json')).stdout)
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hmp-fleet-'))
  const place = ['--data', join(folder, 'data'), '--port', '0', '--host', '127.0.0.1', '--demo', '2', '--json']
  server = startHmp(['serve', ...place], { HMP_KEY_FILE: join(folder, 'key'), HMP_ADMIN_PASSWORD: PASSWORD })
  for await (const line of createInterface({ input: server.stdout! })) {
    ;({ url, caFingerprint: fingerprint } = JSON.parse(line))
    break
  }
}, 30_000)
afterAll(async () => {
  const ended = new Promise((resolve) => server.once('close', resolve))
  server.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
})

describe('signing in to a CMS', () => {
  it('says what to do when nobody is signed in', async () => {
    const { exitCode, stderr } = await hmp('fleet', 'devices')
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('hmp login')])
  })

  it('wants the authority to be named, the right one, and the right password', async () => {
    const unknown = await hmp('login', url)
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('--fingerprint')])
    const foreign = await hmp('login', url, '--fingerprint', '00'.repeat(32))
    expect([foreign.exitCode, foreign.stderr]).toEqual([2, expect.stringContaining('another authority')])
    const wrong = await runHmp(['login', url, '--fingerprint', fingerprint], {
      XDG_CONFIG_HOME: folder,
      HMP_PASSWORD: 'not this one',
    })
    expect([wrong.exitCode, wrong.stderr.trim().split('\n')]).toEqual([1, [expect.stringMatching(/password/)]])
  })

  it('keeps the session for its owner alone', async () => {
    const { exitCode, stdout } = await hmp('login', url, '--fingerprint', fingerprint)
    expect([exitCode, stdout]).toEqual([0, `Signed in to ${url} as admin.\n`])
    expect(statSync(join(folder, 'openhmp', 'session.json')).mode & 0o777).toBe(0o600)
  })
})

describe('a fleet from the command line', { timeout: 60_000 }, () => {
  const wish = `rules:
  - settings:
      ntp: {host: ntp.example}
      time: {timeZone: 'CET-1:00:00'}
`

  it('is listed and labelled', async () => {
    // The demo site takes a moment to come.
    await expect
      .poll(async () => (await json<{ devices: object[] }>('fleet', 'devices')).devices, { timeout: 20_000 })
      .toHaveLength(2)
    const [first] = (await json<{ devices: { name: string }[] }>('fleet', 'devices')).devices
    expect((await hmp('fleet', 'label', first!.name, '--site', 'Harbour', '--add-tag', 'gate')).exitCode).toBe(0)
    const { devices } = await json<{ devices: object[] }>('fleet', 'devices', '--site', 'Harbour', '--tag', 'gate')
    expect(devices).toMatchObject([{ name: first!.name, site: 'Harbour', tags: ['gate'] }])
    const nobody = await hmp('fleet', 'label', 'nobody', '--site', 'x')
    expect([nobody.exitCode, nobody.stderr]).toEqual([2, expect.stringContaining('no device is called "nobody"')])
  })

  it('names the line and column of a fault', async () => {
    const { exitCode, stderr } = await hmp(
      'fleet',
      'plan',
      file('broken.yaml', 'rules:\n  - settings:\n      tine: {}\n'),
    )
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/broken\.yaml:3:7: .*\n +3 \| {7}tine: \{\}\n +\| {7}\^/)
  })

  it('is given new passwords and certificates where there are accounts of ours', async () => {
    for (const what of ['passwords', 'certificates']) {
      const unsaid = await hmp('fleet', what)
      expect([unsaid.exitCode, unsaid.stderr]).toEqual([2, expect.stringContaining('which devices?')])
      const asked = await hmp('fleet', what, '--all')
      expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('--yes')])
      // The demo site's devices keep their passwords, and speak no HTTPS.
      const { job, devices } = await json<{ job: Job; devices: JobDevice[] }>('fleet', what, '--all', '--yes')
      expect(job.counts).toMatchObject({ total: 2, skipped: 2 })
      for (const { text } of devices) expect(text).toMatch(/^it is not reached|demo site|no.* HTTPS/)
    }
  })

  it('is compared, changed, and changed back', async () => {
    const path = file('wish.yaml', wish)
    const plan = await hmp('fleet', 'plan', path)
    expect(plan.exitCode).toBe(0)
    expect(plan.stdout).toMatch(/2 devices of 2 would change/)
    expect(plan.stdout).toMatch(/ntp\.host {2}pool\.ntp\.org → ntp\.example {2}on 2 devices/)
    const asked = await hmp('fleet', 'apply', path)
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('--yes')])

    const { job } = await json<{ job: Job }>('fleet', 'apply', path, '--yes', '--waves', '1,100%')
    expect(job).toMatchObject({ state: 'done', waves: [{ total: 1 }, { total: 1 }] })
    expect((await hmp('fleet', 'plan', path)).stdout).toContain('2 devices as the file says')
    expect((await hmp('jobs')).stdout).toContain(job.id)
    const undone = await hmp('fleet', 'undo', job.id)
    expect([undone.exitCode, undone.stdout]).toEqual([0, expect.stringContaining('2 of 2 done; 4 settings changed')])
    expect((await hmp('fleet', 'plan', path)).stdout).toContain('2 devices of 2 would change')
  })

  it('tells what is not as the kept file says, until it is', async () => {
    const path = file('wish.yaml', wish)
    expect((await hmp('fleet', 'keep', path)).exitCode).toBe(0)
    await json('fleet', 'apply', path, '--yes')
    // A device is looked at soon after a job has changed it.
    await expect.poll(async () => (await hmp('fleet', 'drift')).exitCode, { timeout: 20_000 }).toBe(0)
    const [job] = (await json<{ jobs: Job[] }>('jobs', '--limit', '1')).jobs
    await json('fleet', 'undo', job!.id)
    await expect
      .poll(async () => (await hmp('fleet', 'drift')).stdout, { timeout: 20_000 })
      .toContain('ntp.host: pool.ntp.org')
    const { devices } = await json<{ devices: { health: { issues: object[] } }[] }>('fleet', 'devices')
    expect(devices.flatMap(({ health }) => health.issues)).toContainEqual(expect.objectContaining({ code: 'drift' }))
  })

  it('exports itself as such a file, from which nothing differs', async () => {
    const { stdout } = await hmp('fleet', 'export')
    expect(stdout).toMatch(/^# As found on /)
    expect((await hmp('fleet', 'plan', file('as-found.yaml', stdout))).stdout).toContain('0 devices of 2 would change')
  })

  it('ends with 1 and the names when something was refused', async () => {
    const path = file('refused.yaml', 'rules:\n  - settings:\n      stream: {main: {codec: mjpeg}}\n')
    const { exitCode, stdout, stderr } = await hmp('fleet', 'apply', path, '--yes')
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('[job.failed]')])
    expect(stdout).toMatch(/✗ .*: stream\.main\[1\]: /)
    const [job] = (await json<{ jobs: Job[] }>('jobs', '--limit', '1')).jobs
    const { devices } = await json<{ devices: (JobDevice & { result: DeviceApplied })[] }>('job', job!.id)
    expect(devices.some(({ result }) => result.refused.length > 0)).toBe(true)
    const again = await hmp('job', 'pause', job!.id)
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('[job.state]')])
  })

  it('arms and disarms sites, and says what rules and targets there are', async () => {
    expect((await hmp('fleet', 'label', 'Main gate', '--site', 'Harbour')).exitCode).toBe(0)
    expect(await hmp('disarm', 'Harbour')).toMatchObject({ stderr: '', stdout: 'Harbour is disarmed.\n' })
    const { sites } = await json<{ sites: object[] }>('arm')
    expect(sites).toEqual([{ site: 'Harbour', isArmed: false, since: expect.any(String), by: 'admin' }])
    expect((await hmp('arm', 'Harbour')).stdout).toBe('Harbour is armed.\n')
    const nowhere = await hmp('arm', 'Nowhere')
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([1, expect.stringContaining('[site.unknown]')])
    expect(await json('rules')).toEqual({ rules: [] })
    expect(await json('rules', 'log')).toEqual({ firings: [] })
    expect(await json('targets')).toEqual({ targets: [] })
    const none = await hmp('targets', 'test', 'Guard room')
    expect([none.exitCode, none.stderr]).toEqual([2, 'hmp: no target is called Guard room: hmp targets [usage]\n'])
  })

  it('says so in one line when the CMS is away', async () => {
    const { exitCode, stderr } = await hmp('login', 'https://127.0.0.1:1', '--fingerprint', fingerprint)
    expect([exitCode, stderr.trim().split('\n')]).toEqual([
      1,
      [expect.stringMatching(/127\.0\.0\.1:1.*\[link\.refused\]/)],
    ])
    // Nothing of the session that there is was lost by it.
    expect((await hmp('jobs')).exitCode).toBe(0)
  })

  it('is left by signing out', async () => {
    expect((await hmp('logout')).exitCode).toBe(0)
    expect((await hmp('jobs')).exitCode).toBe(2)
  })
})

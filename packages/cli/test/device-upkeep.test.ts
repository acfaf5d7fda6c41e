// SPDX-License-Identifier: Apache-2.0
/** `hmp device put|time|network|backup|restore|reset`, each a process of its own, against `hmp emulate`. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runHmp, startHmp } from './hmp.ts'

const env = { HMP_DEVICE_PASSWORD: 'Camera 12345' }
let emulator: ChildProcess
let url: string
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hmp-upkeep-'))
  emulator = startHmp(['emulate', '--http-port', '0', '--rtsp-port', '0', '--fault', 'reboot=50ms', '--json'], env)
  for await (const line of createInterface({ input: emulator.stdout! })) {
    url = JSON.parse(line).httpUrl
    break
  }
})
afterAll(async () => {
  const ended = new Promise((resolve) => emulator.once('close', resolve))
  emulator.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
})
const device = (verb: string, ...args: string[]) => runHmp(['device', verb, url, ...args], env)

describe('the upkeep of a device from the command line', { timeout: 30_000 }, () => {
  it('time: told, kept by a server, set by hand', async () => {
    expect((await device('time')).stdout).toMatch(/Set by {7}NTP\n/)
    const zone = JSON.parse((await device('time', '--ntp', '192.0.2.1', '--zone', 'CET-1:00:00', '--json')).stdout)
    expect(zone).toMatchObject({ mode: 'NTP', timeZone: 'CET-1:00:00', ntp: { host: '192.0.2.1' } })
    expect(JSON.parse((await device('time', '--set', '--json')).stdout)).toMatchObject({ mode: 'manual' })
    expect((await device('time', '--set', '--ntp', 'x')).exitCode).toBe(2)
  })

  it('network: told, changed, and moved only with a yes', async () => {
    expect((await device('network', '--dns', '192.0.2.53')).stdout).toMatch(/DNS +192\.0\.2\.53/)
    const asked = await device('network', '--address', '192.0.2.9')
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('--yes')])
    expect((await device('network', '--address', '192.0.2.9', '--yes')).stdout).toContain('192.0.2.9')
    expect((await device('network', '--port', 'RTSP=8554')).stdout).toMatch(/RTSP +8554/)
    expect((await device('network', '--port', 'http=8080')).stderr).toContain('--yes')
    expect((await device('network', '--port', 'HTTP')).exitCode).toBe(2)
  })

  it('put: what the device made something else of is told, and is exit code 1', async () => {
    const file = join(folder, 'info.xml')
    writeFileSync(file, '<DeviceInfo><deviceName>Quay</deviceName></DeviceInfo>')
    expect(await device('put', '/ISAPI/System/deviceInfo', file)).toMatchObject({ exitCode: 0, stderr: '' })
    writeFileSync(file, '<DeviceInfo><model>Another</model></DeviceInfo>')
    const other = await device('put', '/ISAPI/System/deviceInfo', file)
    expect([other.exitCode, other.stdout]).toEqual([1, expect.stringMatching(/^model: told Another, is DS-/)])
    writeFileSync(file, '<DeviceInfo>')
    expect((await device('put', '/ISAPI/System/deviceInfo', file)).exitCode).toBe(1)
  })

  it('backup, restore, reset: nothing written over, nothing lost without a yes', async () => {
    const file = join(folder, 'backup.bin')
    expect((await device('backup', file)).exitCode).toBe(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect((await device('backup', file)).exitCode).toBe(1)
    const sealed = join(folder, 'sealed.bin')
    expect((await device('backup', sealed, '--key')).exitCode).toBe(2)
    expect(
      (await runHmp(['device', 'backup', url, sealed, '--key'], { ...env, HMP_BACKUP_KEY: 'Seal-word1' })).exitCode,
    ).toBe(0)
    expect((await device('restore', sealed, '--yes')).exitCode).toBe(1)
    expect((await device('reset')).exitCode).toBe(2)
    expect((await device('reset', 'basic', '--yes')).exitCode).toBe(0)
    const name = async () => JSON.parse((await device('info', '--json')).stdout || '{}').name
    await expect.poll(name, { timeout: 10_000 }).not.toBe('Quay')
    expect((await device('restore', file)).exitCode).toBe(2)
    expect((await device('restore', file, '--yes')).exitCode).toBe(0)
    await expect.poll(name, { timeout: 10_000 }).toBe('Quay')
  })
})

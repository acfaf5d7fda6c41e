// SPDX-License-Identifier: Apache-2.0
/** `hmp device users`: a process of its own, against a device that is one, too. */
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runHmp, startHmp } from './hmp.ts'

const env = { HMP_DEVICE_PASSWORD: 'Secret-12' }
let emulator: ChildProcess
let address: string

const users = (args: readonly string[], password?: string) =>
  runHmp(['device', 'users', address, ...args], { ...env, ...(password ? { HMP_NEW_PASSWORD: password } : {}) })

beforeAll(async () => {
  emulator = startHmp(['emulate', '--cameras', '1', '--http-port', '0', '--rtsp-port', '0', '--json'], env)
  for await (const line of createInterface({ input: emulator.stdout! })) {
    const { httpUrl, devices } = JSON.parse(line)
    address = httpUrl ?? devices[0].httpUrl
    break
  }
}, 30_000)
afterAll(async () => {
  const ended = new Promise((resolve) => emulator.once('close', resolve))
  emulator.kill('SIGTERM')
  await ended
})

describe('hmp device users', { timeout: 30_000 }, () => {
  it('lists, adds, changes and removes', async () => {
    expect((await users(['add', 'guard', '--level', 'Operator'], 'Night+watch1')).stdout).toContain('as Operator')
    expect((await users(['password', 'guard'], 'Day+watch22')).stdout).toContain('has the new password')
    expect(JSON.parse((await users(['list', '--json'])).stdout).users).toEqual([
      { id: 1, name: 'admin', level: 'Administrator' },
      { id: 2, name: 'guard', level: 'Operator' },
    ])
    expect((await users(['remove', 'guard'])).exitCode).toBe(0)
    expect((await users([])).stdout).not.toContain('guard')
  })

  it('says what is missing, and sends no password that devices would not take', async () => {
    const unsaid = await users(['add'])
    expect([unsaid.exitCode, unsaid.stderr]).toEqual([2, expect.stringContaining('which user?')])
    const weak = await users(['password', 'admin'], 'short1')
    expect([weak.exitCode, weak.stderr]).toEqual([2, expect.stringContaining('fewer than 8')])
    const nobody = await users(['remove', 'nobody'])
    expect([nobody.exitCode, nobody.stderr]).toEqual([1, expect.stringContaining('there is no user "nobody"')])
  })
})

// SPDX-License-Identifier: Apache-2.0
/** `hmp discover` finds what `hmp emulate --discoverable` is, each a process of its own, by multicast over loopback and by range. */
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runHmp, startHmp } from './hmp.ts'

const env = { HMP_DEVICE_PASSWORD: 'a device password 7' }
const ports = ['--http-port', '0', '--rtsp-port', '0']
const emulators: ChildProcess[] = []
const devices: { model: string; serialNumber: string; httpUrl: string }[] = []

beforeAll(async () => {
  for (const more of [[], ['--not-activated']]) {
    const emulator = startHmp(['emulate', '--cameras', '1', '--discoverable', ...ports, ...more, '--json'], env)
    emulators.push(emulator)
    for await (const line of createInterface({ input: emulator.stdout! })) {
      devices.push(JSON.parse(line))
      break
    }
  }
}, 30_000)
afterAll(async () => {
  await Promise.all(
    emulators.map(async (emulator) => {
      const ended = new Promise((resolve) => emulator.once('close', resolve))
      emulator.kill('SIGTERM')
      expect(await ended).toBe(0)
    }),
  )
})

describe('hmp discover', { timeout: 30_000 }, () => {
  const hostOf = (i: number) => new URL(devices[i]!.httpUrl).host

  it('shows who answers, with what to do next', async () => {
    const { stdout, stderr, exitCode } = await runHmp(['discover', '--interface', '127.0.0.1', '--seconds', '2'])
    expect(exitCode).toBe(0)
    const row = (i: number) => stdout.split('\n').find((line) => line.includes(`${hostOf(i)} `)) ?? ''
    expect(row(0)).toMatch(/hikvision .*V5\.7\.17 build \d+ .* set .*hmp device info 127\.0\.0\.1:\d+/)
    expect(row(1)).toMatch(/none yet .*hmp device activate 127\.0\.0\.1:\d+/)
    expect(row(0)).toContain(devices[0]!.model)
    // While it searches they are told already.
    expect(stderr).toContain(`${hostOf(0)}  ${devices[0]!.model}`)
  })

  it('knocks at a range, as one JSON document', async () => {
    const knocked = devices.flatMap(({ httpUrl }) => ['--port', new URL(httpUrl).port])
    const range = ['--method', 'range', '--range', '127.0.0.1']
    const { stdout, stderr, exitCode } = await runHmp(['discover', ...range, ...knocked, '--json'])
    expect([exitCode, stderr]).toEqual([0, ''])
    const { found } = JSON.parse(stdout) as { found: { httpPort: number; isActivated?: boolean }[] }
    expect(found.map(({ httpPort }) => `127.0.0.1:${httpPort}`).toSorted()).toEqual([hostOf(0), hostOf(1)].toSorted())
    expect(found.find(({ httpPort }) => hostOf(1).endsWith(`:${httpPort}`))).toMatchObject({ isActivated: false })
  })

  it('finds a device that hmp device activate gives its first password, once', async () => {
    const first = { HMP_DEVICE_PASSWORD: 'First-Word-1' }
    const activate = () => runHmp(['device', 'activate', hostOf(1)], first)
    const weak = await runHmp(['device', 'activate', hostOf(1)], { HMP_DEVICE_PASSWORD: 'password' })
    expect([weak.exitCode, weak.stderr]).toEqual([1, expect.stringContaining('letters of one kind alone')])
    expect(await activate()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('has its password now') })
    expect((await runHmp(['device', 'info', hostOf(1)], first)).exitCode).toBe(0)
    expect(await activate()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('a password already') })
  })

  it('says what is wrong with a range, and with a method without one', async () => {
    const wrong = await runHmp(['discover', '--range', 'cameras'])
    expect(wrong.exitCode).not.toBe(0)
    expect(wrong.stderr).toContain('192.168.1.0/24')
    const missing = await runHmp(['discover', '--method', 'range'])
    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining('--range')])
  })
})

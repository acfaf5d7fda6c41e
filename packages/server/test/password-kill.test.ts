// SPDX-License-Identifier: Apache-2.0
/** New passwords for fourteen devices, with the server killed at every step: it always has a login that works, and locks nobody. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobDevice } from '@openhmp/contract'
import { startEmulator } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'

const OLD = 'Present-1'
/**
 * Deaths: at which step of a run, and on which side of it. Three steps a device, one device at a time: kept, told, agreed (after a
 * death a device may agree on its way up, a step less). There are more devices than all deaths together can use up.
 */
const deaths = ([1, 2, 3, 5] as const).flatMap((at) =>
  (['before', 'during', 'after'] as const).map((when) => [at, when] as const),
)

/** What the server said; undefined when it was killed. */
const serve = (args: readonly string[]): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'password-server.ts'), ...args])
    let said = ''
    let faults = ''
    child.stderr.on('data', (text: Buffer) => {
      faults += text.toString()
    })
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString()
    })
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(undefined)
      else if (code === 0 && faults === '') resolve(said)
      else reject(new Error(`the server ended with ${code}: ${faults}`))
    })
  })

describe('new passwords through kills of the server', () => {
  it('loses none and locks nobody', { timeout: 120_000 }, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'hmp-passwords-'))
    await using emulator = await startEmulator({
      ...{ cameras: 10, recorders: 4, httpPort: 0, rtspPort: 0, user: 'admin', password: OLD, profile: 'mixed' },
      clock: realClock(),
    })
    /** Wrong logins in a row, the most of each device. */
    const worst = emulator.devices.map(() => 0)
    for (const [i] of emulator.devices.entries()) {
      const { accounts } = emulator.device(i)
      const count = accounts.result.bind(accounts)
      let row = 0
      accounts.result = (user, ok) => {
        row = ok ? 0 : row + 1
        worst[i] = Math.max(worst[i]!, row)
        count(user, ok)
      }
    }
    try {
      const args = [dataDir, OLD, emulator.devices.map(({ httpUrl }) => httpUrl).join(',')]
      let kills = 0
      for (const [at, when] of deaths) {
        if ((await serve([...args, String(at), when])) !== undefined) break
        kills++
      }
      const said = JSON.parse((await serve(args)) ?? 'null') as {
        devices: JobDevice[]
        passwords: [string, string, boolean][]
      }
      expect(kills).toBe(deaths.length)
      expect(said.devices.map(({ state, text }) => [state, text])).toEqual(Array(14).fill(['done', null]))
      for (const [i, { httpUrl }] of emulator.devices.entries()) {
        const { accounts } = emulator.device(i)
        const [, password, isAgreed] = said.passwords.find(([address]) => httpUrl.startsWith(address))!
        expect([password, isAgreed]).toEqual([accounts.admin.password, true])
        expect(password).not.toBe(OLD)
      }
      expect(Math.max(...worst)).toBe(1)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})

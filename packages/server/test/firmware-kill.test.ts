// SPDX-License-Identifier: Apache-2.0
/** A firmware job over fifty devices whose server is killed ten times: nobody is flashed twice, nobody is forgotten. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job, JobDevice } from '@openhmp/contract'
import { profiles, startEmulator, writeFirmware } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'

const DEVICES = 50
const KILLS = 10
const PASSWORD = 'a device password 7'
const VERSION = 'V9.9.1'
const models = Object.values(profiles).map(({ model }) => model)

type Nature = 'good' | 'refuses' | 'dud'
const natureOf = (i: number): Nature => (i % 5 !== 2 ? 'good' : i % 2 ? 'refuses' : 'dud')

/** Cameras of all firmware, of which every tenth refuses what it is sent, and every tenth stays with the old version. */
const emulate = () => {
  const faults = Array.from({ length: DEVICES }, (_, i) => {
    const nature = natureOf(i)
    return nature === 'good' ? [] : [`${i}:flash-${nature === 'dud' ? 'dud' : 'refused'}`]
  })
  return startEmulator({
    ...{ cameras: DEVICES, recorders: 0, httpPort: 0, rtspPort: 0, user: 'admin', password: PASSWORD },
    profile: 'mixed',
    fault: ['flash=150ms', 'reboot=150ms', ...faults.flat()].join(','),
    clock: realClock(),
  })
}

/** Runs the server; kills it so long after it was ready, or gives what it said at its end. */
const serve = (args: readonly string[], killAfterMs: number | undefined): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'flash-server.ts'), ...args])
    let said = ''
    let faults = ''
    let timer: NodeJS.Timeout | undefined
    child.stderr.on('data', (text: Buffer) => {
      faults += text.toString()
    })
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString()
      if (killAfterMs !== undefined && said.startsWith('ready'))
        timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      if (code === 0 || (code === null && killAfterMs !== undefined)) resolve(said)
      else reject(new Error(`the server ended with ${code}: ${faults}`))
    })
  })

describe('firmware through kills of the server', () => {
  it('flashes nobody twice and forgets nobody', { timeout: 120_000 }, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'hmp-kill-'))
    await using emulator = await emulate()
    try {
      const image = join(dataDir, 'image.dav')
      const facts = { models, version: VERSION, releasedDate: 'build 261101', language: 'EN' }
      writeFileSync(image, Buffer.concat([...writeFirmware({ ...facts, sizeBytes: 15 * 4096 })]))
      const ports = emulator.devices.map(({ httpUrl }) => new URL(httpUrl).port).join(',')
      const args = [dataDir, image, VERSION, models.join(','), PASSWORD, ports]
      let kills = 0
      for (; kills < KILLS; kills++) {
        const said = await serve(args, 150 + ((kills * 97) % 300))
        if (said.includes('{')) break // it was through before
      }
      expect(kills).toBe(KILLS)
      const said = await serve(args, undefined)
      const report = JSON.parse(said.split('\n')[1]!) as { job: Job; devices: JobDevice[] }
      expect(report.devices).toHaveLength(DEVICES)
      const { counts } = report.job
      expect(counts).toMatchObject({ total: DEVICES, waiting: 0, running: 0 })
      let unclear = 0
      for (const [i, told] of report.devices.entries()) {
        const nature = natureOf(i)
        const { flashes, flash, profile } = emulator.device(i)
        const { version } = flash.firmware
        const isUnclear = told.errorCode === 'firmware.unclear'
        expect(flashes, told.text ?? '').toBeLessThanOrEqual(1)
        if (nature === 'good' && flashes === 1 && isUnclear && !profile.upgrade.isRebooting) {
          // Killed before the device's yes was on the disk: it waits for a restart, and nobody knows that it may be given one.
          expect([told.state, flash.next.version]).toEqual(['failed', VERSION])
          unclear++
        } else if (nature === 'good' && flashes === 1) expect([told.state, version]).toEqual(['done', VERSION])
        else if (nature === 'good') {
          // Killed between the word on the disk and the last piece on the wire: never sent again by itself, and said so.
          expect([told.state, told.errorCode]).toEqual(['failed', 'firmware.unclear'])
          unclear++
        } else if (nature === 'dud') expect([told.state, told.errorCode]).toEqual(['failed', 'firmware.unclear'])
        else expect(['isapi.badFlash', 'firmware.unclear']).toContain(told.errorCode)
      }
      expect(counts.done).toBe(DEVICES - 10 - unclear)
      expect(counts.failed).toBe(10 + unclear)
      expect(unclear).toBeLessThanOrEqual(2 * KILLS)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})

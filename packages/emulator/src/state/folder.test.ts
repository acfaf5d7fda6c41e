// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { realClock } from '../../../../tools/testing/real-clock.ts'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { writeFirmware } from '../device/firmware-image.ts'
import { profiles } from '../device/profile.ts'
import { parseState } from '../device/state.ts'
import { type EmulatorOptions, startEmulator } from '../emulator.ts'
import { MAX_STATE_BYTES, StateFolder } from './folder.ts'

const top = mkdtempSync(join(tmpdir(), 'hmp-state-'))
let stateDir = ''
let run = 0
beforeEach(() => {
  stateDir = join(top, String(run++))
})
afterAll(() => rmSync(top, { recursive: true, force: true }))

const start = (more: Partial<EmulatorOptions> = {}) =>
  startEmulator({
    ...{ cameras: 2, recorders: 1, httpPort: 0, rtspPort: 0, user: 'admin', password: 'secret12', profile: 'mixed' },
    clock: realClock(),
    stateDir,
    ...more,
  })
const fileOf = (index: number) => join(stateDir, `device-${index}.json`)
const read = (index: number) => JSON.parse(readFileSync(fileOf(index), 'utf8'))

describe('the state of devices', () => {
  it('survives a restart, each for itself', async () => {
    {
      await using emulator = await start()
      const device = emulator.device(1)
      device.settings.set('/System/time', '/timeZone', 'CST-1:00:00')
      device.accounts.add({ userName: 'clerk', level: 'Viewer', password: 'hello-123' })
      device.setDeviceTime(Date.now() + 3_600_000)
      emulator.device(2).factoryReset('full')
    }
    expect(readdirSync(stateDir).sort()).toEqual(['device-1.json', 'device-2.json'])
    expect(statSync(fileOf(1)).mode & 0o777).toBe(0o600)
    await using emulator = await start({ password: 'another-1' })
    const device = emulator.device(1)
    expect(device.settings.get('/System/time', '/timeZone')).toBe('CST-1:00:00')
    expect(device.accounts.all.map(({ userName }) => userName)).toEqual(['admin', 'clerk'])
    expect(device.passwordOf('admin')).toBe('secret12')
    expect(Math.abs(device.deviceNow() - Date.now() - 3_600_000)).toBeLessThan(2000)
    expect(emulator.device(2).isActivated).toBe(false)
    expect(emulator.device(0).passwordOf('admin')).toBe('another-1')
  })

  it('holds firmware that was written, and how often', async () => {
    const { model } = profiles['ipc-5.7']
    const facts = { models: [model], version: 'V9.9.1', releasedDate: 'build 261101', language: 'EN', sizeBytes: 100 }
    const options = { cameras: 1, recorders: 0, fault: 'flash=0ms,reboot=0ms' }
    {
      await using emulator = await start(options)
      const body = new Uint8Array(Buffer.concat([...writeFirmware(facts)]))
      await emulator.device(0).handle({ method: 'PUT', target: '/ISAPI/System/updateFirmware', body, user: 'admin' })
      await expect.poll(() => emulator.device(0).reboots).toBe(1)
    }
    await using emulator = await start(options)
    expect(emulator.device(0)).toMatchObject({ flashes: 1, reboots: 1, identity: { firmwareVersion: 'V9.9.1' } })
  })

  it('lets a clock gain while the emulator is away', async () => {
    const clock = new VirtualClock()
    const options = { fault: 'drift-rate=1s/1m', cameras: 1, recorders: 0, clock }
    {
      await using emulator = await start(options)
      emulator.device(0).setDeviceTime(clock.now())
    }
    await clock.advance(600_000)
    await using emulator = await start(options)
    expect(emulator.device(0).deviceNow() - clock.now()).toBe(10_000)
  })

  it('is written half a second after the first change, once for all changes', async () => {
    const clock = new VirtualClock()
    await using folder = await StateFolder.open(stateDir, clock, () => {})
    await using emulator = await start({ stateDir: join(stateDir, 'x') })
    const device = emulator.device(0)
    for (let i = 0; i < 10; i++) folder.note(0, device)
    await clock.advance(499)
    expect(readdirSync(stateDir)).toEqual(['x'])
    await clock.advance(1)
    await expect.poll(() => readdirSync(stateDir)).toEqual(['device-0.json', 'x'])
    expect(read(0)).toMatchObject({ format: 1, model: device.profile.model })
  })

  const good = {
    ...{ format: 1, model: profiles['ipc-5.7'].model, settings: {}, isActivated: true, flashes: 0, reboots: 0 },
    accounts: [{ id: 1, userName: 'admin', level: 'Administrator', password: 'x' }],
    ...{ clockAheadMs: 0, clockSetAtMs: 0, firmware: { version: 'V1', releasedDate: 'build 1' } },
  }

  it.each<[string, string, RegExp]>([
    ['half of it', JSON.stringify(good).slice(0, 50), /no JSON/],
    ['something else', '[]', /no object/],
    ['a later format', JSON.stringify({ ...good, format: 2 }), /another format/],
    ['another device', JSON.stringify({ ...good, model: 'DS-X' }), /it is of a DS-X/],
    ['no accounts', JSON.stringify({ ...good, accounts: [] }), /accounts is wrong/],
    ['numbers for settings', JSON.stringify({ ...good, settings: { a: 1 } }), /settings is wrong/],
    ['a part missing', JSON.stringify({ ...good, flashes: undefined }), /flashes is wrong/],
  ])('is refused by name when the file holds %s', async (_what, text, message) => {
    await StateFolder.open(stateDir, realClock(), () => {})
    writeFileSync(fileOf(0), text)
    await expect(start()).rejects.toMatchObject({ code: 'emulator.state', message: expect.stringMatching(message) })
    await expect(start()).rejects.toThrow(fileOf(0))
  })

  it('is refused when the file is too large, or the folder is none', async () => {
    await StateFolder.open(stateDir, realClock(), () => {})
    writeFileSync(fileOf(0), '')
    truncateSync(fileOf(0), MAX_STATE_BYTES + 1)
    await expect(start()).rejects.toMatchObject({ code: 'emulator.state' })
    await expect(start({ stateDir: fileOf(0) })).rejects.toMatchObject({ code: 'emulator.state' })
  })

  it('tells when it cannot be written, and goes on', async () => {
    const lines: string[] = []
    {
      await using emulator = await start({ onLine: (line) => lines.push(line) })
      rmSync(stateDir, { recursive: true })
      emulator.device(0).settings.set('/a', '/b', 'c')
    }
    expect(lines).toEqual([expect.stringContaining('device-0.json')])
  })

  it('is read from any text, or told what is wrong with it', () => {
    expect(parseState(JSON.stringify(good))).toEqual(good)
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(typeof parseState(text)).toBe('string')
      }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(good)), fc.jsonValue(), (key, value) => {
        const told = parseState(JSON.stringify({ ...good, [key]: value }))
        if (typeof told !== 'string') expect(told.accounts.length).toBeGreaterThan(0)
      }),
    )
  })
})

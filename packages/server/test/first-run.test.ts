// SPDX-License-Identifier: Apache-2.0
/** A newcomer's way: the printed code, the administrator, the demo site; and what stops a server from starting. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { API_ROOT, type Demo, type Device } from '@openhmp/contract'
import { type Emulator, startEmulator } from '@openhmp/emulator'
import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { type DemoSite, startServer, systemClock } from '../src/index.ts'
import { awaitState, makePlace, openHouse, PASSWORD, send, until } from './harness.ts'

const log = pino({ level: 'silent' })
const common = { port: 0, host: '127.0.0.1', clock: systemClock, log, passwordCost: { memoryKib: 64, passes: 1 } }

/** Emulated cameras in this process. */
const site: DemoSite = {
  start: async ({ direct, join: { url, tokens } }) => {
    const options = {
      recorders: 0,
      httpPort: 0,
      rtspPort: 0,
      user: 'admin',
      password: 'Demo123456',
      clock: systemClock,
    }
    const both: Emulator[] = [
      await startEmulator({ ...options, cameras: direct, codec: 'mjpeg' }),
      await startEmulator({ ...options, cameras: tokens.length, hmp: { url, tokens } }),
    ]
    return {
      direct: both[0]!.devices.map(({ httpUrl, rtspUrl }) => ({
        address: httpUrl,
        rtspPort: Number(new URL(rtspUrl).port),
        userName: 'admin',
        password: 'Demo123456',
      })),
      [Symbol.asyncDispose]: async () => {
        for (const emulator of both) await emulator[Symbol.asyncDispose]()
      },
    }
  },
}

describe('the first run', () => {
  it('is finished by the code that was printed, and by nothing else', async () => {
    using place = makePlace()
    const printed: { typed: string; url: string }[] = []
    await using server = await startServer({ ...place, ...common, onSetupCode: (code) => printed.push(code) })
    expect(printed).toHaveLength(1)
    expect(printed[0]!.url).toMatch(/^https:\/\/localhost:\d+\/setup#code=[\w-]{22}$/)
    const ask = <T>(method: string, path: string, body?: unknown, cookie = '') =>
      send<T>(server, method, API_ROOT + path, cookie, body)
    expect((await ask<{ needsSetup: boolean }>('GET', '/system')).body.needsSetup).toBe(true)
    const body = { name: 'Ada', password: PASSWORD }
    expect((await ask('POST', '/setup', { ...body, code: 'AAAAA-AAAAA' })).status).toBe(403)
    const done = await ask('POST', '/setup', { ...body, code: printed[0]!.typed })
    expect([done.status, done.body]).toMatchObject([200, { name: 'Ada' }])
    const cookie = String(done.headers['set-cookie']).split(';')[0]!
    expect((await ask('GET', '/devices', undefined, cookie)).status).toBe(200)
    expect((await ask('POST', '/setup', { ...body, code: printed[0]!.typed })).status).toBe(409)
    expect((await ask<{ needsSetup: boolean }>('GET', '/system')).body.needsSetup).toBe(false)
  })

  it('may start the demo site: half of its cameras by address, half over HMP, there again after a restart', async () => {
    using place = makePlace()
    const devicesOf = async (house: Awaited<ReturnType<typeof openHouse>>) =>
      (await house.call<{ devices: Device[] }>('GET', '/devices')).body.devices
    {
      await using house = await openHouse(place, { demoSite: site, allowLoopback: false })
      expect((await house.call<Demo>('POST', '/demo', { cameras: 4 })).body.state).toBe('starting')
      await until(async () => (await house.call<Demo>('GET', '/demo')).body.state === 'running', 20_000, 'the demo')
      const devices = await devicesOf(house)
      expect(devices.map(({ kind, isDemo }) => `${kind} ${isDemo}`).sort()).toEqual([
        'hmp true',
        'hmp true',
        'isapi true',
        'isapi true',
      ])
      const viewer = await house.view()
      for (const { id } of devices) {
        await awaitState(house, id, 'online')
        await (await viewer.open(id)).count(3)
      }
      expect(house.errors).toEqual([])
    }
    await using house = await openHouse(place, { demoSite: site, allowLoopback: false })
    await until(async () => (await house.call<Demo>('GET', '/demo')).body.state === 'running', 20_000, 'the demo')
    expect(await devicesOf(house)).toHaveLength(4)
    expect((await house.call<Demo>('DELETE', '/demo')).body.state).toBe('stopped')
    expect(await devicesOf(house)).toEqual([])
    expect(house.errors).toEqual([])
  }, 60_000)
})

describe('a server that cannot start says why', () => {
  it('when its key file is gone, or lies in the data folder', async () => {
    using place = makePlace()
    {
      await using house = await openHouse(place)
      await house.add({ kind: 'hmp' })
    }
    rmSync(place.keyFile)
    await expect(startServer({ ...place, ...common })).rejects.toMatchObject({ code: 'key.missing' })
    const keyFile = join(place.dataDir, 'key')
    await expect(startServer({ ...place, ...common, keyFile })).rejects.toMatchObject({ code: 'key.place' })
  })

  it('when its port or its folder is taken, or its database is none', async () => {
    using place = makePlace()
    {
      await using house = await openHouse(place)
      using other = makePlace()
      await expect(startServer({ ...other, ...common, port: house.server.port })).rejects.toMatchObject({
        code: 'port.taken',
      })
      await expect(startServer({ ...place, ...common })).rejects.toMatchObject({ code: 'store.in-use' })
    }
    using broken = makePlace()
    mkdirSync(broken.dataDir, { recursive: true })
    writeFileSync(
      join(broken.dataDir, 'openhmp.db'),
      'this is no database, only some text that is long enough to be read as one',
    )
    await expect(startServer({ ...broken, ...common })).rejects.toMatchObject({ code: 'store.damaged' })
  })
})

// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../tools/testing/virtual-clock.ts'
import { type Emulator, type EmulatorOptions, MAX_DEVICES, startEmulator } from './emulator.ts'

let emulator: Emulator | undefined
afterEach(async () => {
  await emulator?.[Symbol.asyncDispose]()
  emulator = undefined
})

const start = async (options: Partial<EmulatorOptions> = {}): Promise<Emulator> => {
  const clock = new VirtualClock()
  const fixed = { cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, user: 'admin', password: 'secret12', clock }
  emulator = await startEmulator({ ...fixed, ...options })
  return emulator
}

describe('the emulator', () => {
  it('starts cameras, then recorders, each at an address of its own', async () => {
    const { devices, device } = await start({ cameras: 5, recorders: 1 })
    expect(devices.map(({ index, kind }) => `${index} ${kind}`)).toEqual([
      ...[0, 1, 2, 3, 4].map((i) => `${i} camera`),
      '5 recorder',
    ])
    expect(new Set(devices.map((one) => one.serialNumber)).size).toBe(6)
    expect(new Set(devices.map((one) => one.httpUrl)).size).toBe(6)
    expect(device(0).channelName(1)).toBe('Main gate')
    expect(device(4).channelName(1)).toBe('Main gate 2')
    expect(device(5).streamIds).toEqual([101, 102, 201, 202, 301, 302, 401, 402])
    const response = await fetch(`${devices[5]!.httpUrl}/ISAPI/System/deviceInfo`)
    expect(response.status).toBe(401)
    // one file in memory, whoever shows it
    expect(device(4).channels[0]!.camera.clip).toBe(device(0).channels[0]!.camera.clip)
  })

  it('mixes firmware in turn, and gives each device its own faults', async () => {
    const { device } = await start({ cameras: 6, recorders: 2, profile: 'mixed', fault: 'reboot=2s,4-5:lock' })
    const names = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => device(i).profile.firmwareVersion)
    expect(names).toEqual([...names.slice(0, 5), names[0], 'V4.31.110', 'V4.31.110'])
    expect(new Set(names).size).toBe(6)
    expect([0, 3, 4, 5, 6].map((i) => device(i).faults.isLocked)).toEqual([false, false, true, true, false])
    expect(device(5).faults.rebootMs).toBe(2000)
  })

  it('is a thousand cameras in one process, in under 20 s and 1 GB', { timeout: 60_000 }, async () => {
    const fromMs = performance.now()
    const { devices } = await start({ cameras: 1000, profile: 'mixed' })
    expect(performance.now() - fromMs).toBeLessThan(20_000)
    const waiting = [...devices]
    const statuses = new Set<number>()
    const ask = async () => {
      for (let next = waiting.pop(); next; next = waiting.pop())
        statuses.add((await fetch(`${next.httpUrl}/ISAPI/System/deviceInfo`)).status)
    }
    await Promise.all(Array.from({ length: 16 }, ask))
    expect([...statuses]).toEqual([401])
    expect(process.memoryUsage().rss).toBeLessThan(1e9)
  })

  it('is gone when it is disposed, and twice is once', async () => {
    const { devices } = await start()
    await emulator![Symbol.asyncDispose]()
    await emulator![Symbol.asyncDispose]()
    await expect(fetch(devices[0]!.httpUrl)).rejects.toThrow()
  })

  it.each<[string, string, Partial<EmulatorOptions>]>([
    ['emulator.usage', 'no devices', { cameras: 0 }],
    ['emulator.usage', 'too many', { cameras: MAX_DEVICES + 1 }],
    ['emulator.usage', 'ranges that overlap', { cameras: 3, httpPort: 20_000, rtspPort: 20_002 }],
    [
      'emulator.usage',
      'three ranges that overlap',
      { cameras: 3, httpPort: 20_000, rtspPort: 20_010, httpsPort: 20_012 },
    ],
    ['emulator.usage', 'ports past the end', { cameras: 3, httpPort: 65_534, rtspPort: 20_002 }],
    ['emulator.usage', 'an unknown profile', { profile: 'toString' }],
    ['emulator.usage', 'an empty password', { password: '' }],
    ['emulator.fault', 'a fault that is none', { fault: 'drop=much' }],
    ['emulator.fault', 'a fault of a device that is not there', { fault: '1:lock' }],
    ['media.missing', 'a file that is not there', { media: '/nowhere/at/all.mp4' }],
  ])('refuses with %s: %s', async (code, _what, options) => {
    await expect(start(options)).rejects.toMatchObject({ code })
  })

  it('starts nothing when one port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const taken = typeof address === 'object' && address ? address.port : 0
    await expect(start({ cameras: 2, httpPort: taken - 1 })).rejects.toMatchObject({ code: 'emulator.ports' })
    await expect(fetch(`http://127.0.0.1:${taken - 1}`)).rejects.toThrow()
    other.close()
  })
})

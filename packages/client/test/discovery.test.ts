// SPDX-License-Identifier: Apache-2.0
/** Searches on this machine: by multicast over loopback, answered by emulated devices and by a program that no one here wrote messages for; by range. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { type EmulatorOptions, startEmulator } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { type DiscoverOptions, discover, type FoundDevice } from '../src/index.ts'
import { systemClock } from './hmp-listener.ts'

const clock = systemClock
const emulate = (more: Partial<EmulatorOptions> = {}) =>
  startEmulator({
    ...{ cameras: 2, recorders: 1, httpPort: 0, rtspPort: 0, user: 'admin', password: 'Camera12345' },
    ...{ clock, isDiscoverable: true },
    ...more,
  })

/** Ends as soon as so many are found and fit. */
const search = async (options: Partial<DiscoverOptions>, isEnough: (found: readonly FoundDevice[]) => boolean) => {
  const found = new Map<string, FoundDevice>()
  const enough = new AbortController()
  await discover({
    ...{ methods: ['sadp', 'wsDiscovery'], interfaces: ['127.0.0.1'], clock, signal: enough.signal },
    onFound: (device) => {
      found.set(`${device.macAddress ?? device.address}:${device.httpPort}`, device)
      if (isEnough([...found.values()])) enough.abort()
    },
    ...options,
  })
  return [...found.values()]
}

describe('a search by multicast', { timeout: 20_000 }, () => {
  it('finds devices by both ways, and says of each what it is', async () => {
    await using emulator = await emulate()
    // Others of this machine may answer, too.
    const ours = (all: readonly FoundDevice[]) =>
      all.filter(({ serialNumber }) => emulator.devices.some((one) => one.serialNumber === serialNumber))
    const found = ours(await search({}, (all) => ours(all).filter(({ methods }) => methods.length === 2).length === 3))
    expect(found).toHaveLength(3)
    for (const { httpUrl, model, serialNumber } of emulator.devices)
      expect(found).toContainEqual(
        expect.objectContaining({
          ...{ kind: 'hikvision', address: '127.0.0.1', httpPort: Number(new URL(httpUrl).port), model, serialNumber },
          ...{ isActivated: true, macAddress: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/) },
          firmwareVersion: expect.stringMatching(/^V\d.* build \d{6}$/),
        }),
      )
  })

  it('tells devices that have no password yet', async () => {
    await using _emulator = await emulate({ cameras: 1, recorders: 0, isActivated: false })
    const found = await search({ methods: ['sadp'] }, (all) => all.some(({ isActivated }) => !isActivated))
    expect(found).toContainEqual(expect.objectContaining({ isActivated: false, methods: ['sadp'] }))
  })

  it.runIf(needs('python3'))('is understood by a WS-Discovery target of the standard, and understands it', async () => {
    const target = spawn('python3', [new URL('./wsd-target.py', import.meta.url).pathname])
    try {
      const lines = createInterface({ input: target.stdout })[Symbol.asyncIterator]()
      expect((await lines.next()).value).toBe('ready')
      const found = await search({ methods: ['wsDiscovery'] }, (all) => all.some(({ kind }) => kind === 'onvif'))
      expect((await lines.next()).value).toBe('a Probe for NetworkVideoTransmitter')
      expect(found).toContainEqual(
        expect.objectContaining({
          ...{ kind: 'onvif', address: '127.0.0.1', httpPort: 8899, name: 'Loading bay', model: 'X-500' },
          macAddress: '00:0c:29:00:00:01',
        }),
      )
    } finally {
      target.kill()
    }
  })

  it('says when it cannot ask', async () => {
    const nowhere = search({ interfaces: ['192.0.2.1'] }, () => false)
    await expect(nowhere).rejects.toMatchObject({ code: 'discovery.interface' })
  })
})

describe('a search by range', { timeout: 20_000 }, () => {
  it('knows devices by how they ask for a login, and other servers not', async () => {
    await using emulator = await emulate({ isDiscoverable: false })
    await using stranger = createServer((socket) => {
      socket.on('data', () =>
        socket.end('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="Router"\r\nContent-Length: 0\r\n\r\n'),
      )
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const { port } = stranger.address() as { port: number }
    const ports = [...emulator.devices.map(({ httpUrl }) => Number(new URL(httpUrl).port)), port]
    let progress = 0
    const found = await discover({
      ...{ methods: ['range'], range: '127.0.0.1', ports, clock, signal: new AbortController().signal },
      onProgress: (done, total) => {
        progress = done / total
      },
    })
    expect(found.map(({ httpPort, kind }) => `${kind} ${httpPort}`).toSorted()).toEqual(
      ports
        .slice(0, 3)
        .map((one) => `hikvision ${one}`)
        .toSorted(),
    )
    expect(progress).toBe(1)
    expect(emulator.device(0).accounts.triesLeft('admin')).toBe(7)
  })

  it('sees that a device is not activated', async () => {
    await using emulator = await emulate({ cameras: 1, recorders: 0, isActivated: false, isDiscoverable: false })
    const ports = [Number(new URL(emulator.devices[0]!.httpUrl).port)]
    const signal = new AbortController().signal
    const found = await discover({ methods: ['range'], range: '127.0.0.1', ports, clock, signal })
    expect(found).toMatchObject([{ kind: 'hikvision', isActivated: false }])
  })

  it('knows a device that takes the web login alone, and no other server that says 401', async () => {
    await using emulator = await emulate({ cameras: 1, recorders: 0, profile: 'ipc-5.8', isDiscoverable: false })
    await using stranger = createServer((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'))
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const [httpPort, other] = [
      Number(new URL(emulator.devices[0]!.httpUrl).port),
      (stranger.address() as { port: number }).port,
    ]
    const signal = new AbortController().signal
    const found = await discover({ methods: ['range'], range: '127.0.0.1', ports: [httpPort, other], clock, signal })
    expect(found).toMatchObject([{ kind: 'hikvision', httpPort }])
    expect(emulator.device(0).accounts.triesLeft('admin')).toBe(7)
  })

  it('finds devices behind HTTPS, whatever certificate they show', async () => {
    const httpsPort = (20 + (process.pid % 40)) * 1000 + 443
    await using _emulator = await emulate({ cameras: 1, recorders: 0, httpsPort, isDiscoverable: false })
    const signal = new AbortController().signal
    const found = await discover({ methods: ['range'], range: '127.0.0.1', ports: [httpsPort], clock, signal })
    expect(found).toMatchObject([{ kind: 'hikvision', httpsPort, httpPort: undefined }])
  })

  it('leaves who answers drop by drop', async () => {
    await using stranger = createServer((socket) => {
      const drop = setInterval(() => socket.write('H'), 2)
      socket.resume()
      socket.on('error', () => {})
      socket.on('close', () => clearInterval(drop))
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const ports = [(stranger.address() as { port: number }).port]
    const quick = { now: () => clock.now(), monotonic: () => clock.monotonic() }
    const found = await discover({
      ...{ methods: ['range'], range: '127.0.0.1', ports, signal: new AbortController().signal },
      clock: { ...quick, sleep: (ms, options) => clock.sleep(ms / 40, options) },
    })
    expect(found).toEqual([])
  })

  it('ends when it is told to, at hosts that never answer, too', async () => {
    const stop = new AbortController()
    setImmediate(() => stop.abort())
    const range = '192.0.2.0/24'
    expect(await discover({ methods: ['range'], range, clock, signal: stop.signal })).toEqual([])
  })
})

// SPDX-License-Identifier: Apache-2.0
/** The client and an emulated device, each firmware in turn. They meet on the wire alone. */
import { type Emulator, type EmulatorOptions, profiles, startEmulator } from '@openhmp/emulator'
import { isRecorder } from '@openhmp/protocol/isapi'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { describeDevice, IsapiClient, openAlertStream, probeDevice } from '../src/index.ts'

const credentials = { username: 'admin', password: 'Secret-1' }
const names = Object.keys(profiles) as (keyof typeof profiles)[]
const start = (more: Partial<EmulatorOptions> = {}): Promise<Emulator> =>
  startEmulator({
    cameras: 1,
    recorders: 0,
    httpPort: 0,
    rtspPort: 0,
    user: credentials.username,
    password: credentials.password,
    clock: realClock(),
    ...more,
  })
const startAs = (profile: keyof typeof profiles, more: Partial<EmulatorOptions> = {}) => {
  const isRecorder = profiles[profile].kind === 'recorder'
  return start({ profile, cameras: isRecorder ? 0 : 1, recorders: isRecorder ? 1 : 0, ...more })
}
const until = async (isTrue: () => boolean): Promise<void> => {
  const clock = realClock()
  while (!isTrue()) await clock.sleep(10)
}

describe('the client with an emulated device', () => {
  it.each(names)('describes %s as the device does', async (profile) => {
    await using emulator = await startAs(profile)
    const device = emulator.devices[0]!
    const found = await probeDevice(device.httpUrl, credentials, { clock: realClock() })
    const { model, firmwareVersion, deviceType, kind } = profiles[profile]
    expect(found).toMatchObject({ model, firmwareVersion, deviceType, serialNumber: device.serialNumber })
    expect(found.channels.map(({ id }) => id)).toEqual(kind === 'recorder' ? [1, 2, 3, 4] : [1])
    for (const channel of found.channels) {
      expect(channel.name).not.toBe('')
      expect(channel.streams.map(({ id }) => id).slice(0, 2)).toEqual([channel.id * 100 + 1, channel.id * 100 + 2])
      expect(channel.streams[0]).toMatchObject({ codec: 'h264', width: 1280, height: 720, audioCodec: 'pcma' })
    }
    expect(JSON.parse(JSON.stringify(found))).toEqual(found)
  })

  it.each(names)('asks %s for its picture, time, state and ports', async (profile) => {
    await using emulator = await startAs(profile)
    const device = emulator.devices[0]!
    await using client = new IsapiClient({ address: device.httpUrl, credentials, clock: realClock() })
    const picture = await client.picture(101)
    expect([...picture.subarray(0, 2)]).toEqual([0xff, 0xd8])
    expect(await client.time()).toMatchObject({ timeMode: 'NTP' })
    expect((await client.status()).upTimeSeconds).toBeGreaterThanOrEqual(0)
    expect((await client.userCheck()).isOk).toBe(true)
    expect(await client.rtspPort()).toBe(Number(new URL(device.rtspUrl).port))
    expect(isRecorder(await client.capabilities())).toBe(profiles[profile].kind === 'recorder')
  })

  it('tells a wrong password in a moment, and never locks the account', async () => {
    await using emulator = await start()
    const address = emulator.devices[0]!.httpUrl
    const clock = realClock()
    const started = performance.now()
    const codes: string[] = []
    for (let i = 0; i < 10; i++)
      await probeDevice(address, { ...credentials, password: 'wrong' }, { clock }).catch((e) => codes.push(e.code))
    expect(codes.slice(0, 3)).toEqual(['isapi.unauthorized', 'isapi.unauthorized', 'login.blocked'])
    expect(performance.now() - started).toBeLessThan(2000)
    expect((await probeDevice(address, credentials, { clock })).model).not.toBe('')
  })

  it('reboots it, sees it go, and hears its events again when it is back', async () => {
    await using emulator = await start({ fault: 'reboot=300ms' })
    const clock = realClock()
    await using client = new IsapiClient({ address: emulator.devices[0]!.httpUrl, credentials, clock })
    const states: string[] = []
    const events: string[] = []
    const unknown: string[] = []
    await using stream = openAlertStream(client, {
      clock,
      onEvent: ({ kind, state, channel }) => events.push(`${kind} ${state} ${channel}`),
      onState: ({ kind }) => states.push(kind),
      onUnknown: (lost) => unknown.push(...lost.map(({ kind }) => kind)),
    })
    await until(() => stream.state.kind === 'open')
    emulator.raise(0, { type: 'VMD', state: 'active', description: 'Motion alarm', channel: 1 })
    await until(() => events.length > 0)
    expect(events[0]).toBe('motion active 1')
    await client.reboot()
    await until(() => states.includes('lost'))
    expect(unknown).toContain('motion')
    await until(() => stream.state.kind === 'open' && stream.stats.connections === 2)
    const before = events.length
    emulator.raise(0, { type: 'linedetection', state: 'active', description: 'Line', channel: 1 })
    await until(() => events.length > before)
    expect(events.slice(before)).toContain('lineCrossing active 1')
  })

  it.each(['split=1', 'wrong-length', 'slow=20ms'])('gets along with %s', async (fault) => {
    await using emulator = await start({ fault })
    const clock = realClock()
    await using client = new IsapiClient({ address: emulator.devices[0]!.httpUrl, credentials, clock })
    const found = await describeDevice(client).catch((error) => error.code as string)
    if (fault === 'wrong-length') expect(found).toBe('link.reset')
    else expect(found).toMatchObject({ model: emulator.devices[0]!.model })
  })

  it.each([
    ['nonsense', 'isapi.not-isapi'],
    ['half-open', 'link.timeout'],
  ])('names the fault %s: %s', async (fault, code) => {
    await using emulator = await start({ fault })
    const address = emulator.devices[0]!.httpUrl
    await using client = new IsapiClient({ address, credentials, clock: realClock(), answerMs: 300 })
    await expect(client.deviceInfo()).rejects.toMatchObject({ code })
  })
})

// SPDX-License-Identifier: Apache-2.0
import type { DeviceEvent } from '@openhmp/protocol/event'
import { describe, expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import type { ProfileName } from './profile.ts'

/** `second: type/state` of all alerts in `seconds`, heartbeats as `~`. */
const listen = async (set: ReturnType<typeof testDevice>, seconds: number) => {
  const told: string[] = []
  const events: DeviceEvent[] = []
  using _ = set.device.watchEvents((event) => {
    events.push(event)
    told.push(`${set.clock.monotonic() / 1000} ${event.isHeartbeat ? '~' : `${event.type}/${event.state}`}`)
  })
  await set.clock.advance(seconds * 1000)
  return { told, events }
}

describe('events in the cadence of the firmware', () => {
  it('follows what moves: repeated each second, ended a second after', async () => {
    const { told, events } = await listen(testDevice(), 8)
    expect(told).toEqual([
      '0 ~',
      '0.5 VMD/active',
      '1.5 VMD/active',
      '3.5 VMD/inactive',
      '4.5 VMD/active',
      '5.5 VMD/active',
      '7.5 VMD/inactive',
    ])
    expect(events[1]).toMatchObject({
      kind: 'motion',
      channel: 1,
      count: 1,
      channelName: 'Front & back',
      targets: [{ x: 0.1, y: 0.2, width: 0.3, height: 0.4, type: 'human' }],
    })
  })

  it.each<[ProfileName, string[], number | undefined]>([
    ['ptz', ['0 ~', '0.5 VMD/active', '1.5 VMD/active'], 1], // never an inactive
    ['nvr-4', ['0.5 VMD/active', '0.5 VMD/active', '1.5 VMD/active', '1.5 VMD/active'], 33], // nor a heartbeat
  ])('%s does it its own way', async (profile, expected, channel) => {
    const { told, events } = await listen(testDevice(profile), 4)
    expect(told).toEqual(expected)
    expect(events.find((event) => event.type === 'VMD')?.channel).toBe(channel)
  })

  it('beats each ten seconds on an idle line, and not while events flow', async () => {
    const set = testDevice()
    set.device.settings.set('/System/Video/inputs/channels/1/motionDetection', '/enabled', 'false')
    expect((await listen(set, 25)).told).toEqual(['0 ~', '10 ~', '20 ~'])
    const busy = await listen(testDevice(), 60)
    expect(busy.told.filter((line) => line.endsWith('~'))).toEqual(['0 ~'])
  })

  it('tells what is raised by hand until it is ended', async () => {
    const set = testDevice()
    set.device.settings.set('/System/Video/inputs/channels/1/motionDetection', '/enabled', 'false')
    const told: string[] = []
    using _ = set.device.watchEvents((event) => told.push(`${event.kind}/${event.state}/${event.input ?? ''}`))
    await set.clock.advance(500)
    const alarm = { type: 'IO', description: 'IO alarm', input: 1 } as const
    set.device.raise({ ...alarm, state: 'active' })
    await set.clock.advance(2500)
    set.device.raise({ ...alarm, state: 'inactive' })
    await set.clock.advance(5000)
    expect(told.slice(1)).toEqual([
      'alarmInput/active/1',
      'alarmInput/active/1',
      'alarmInput/active/1',
      'alarmInput/inactive/1',
    ])
  })

  it('never ends one under the fault no-inactive, and tells nothing of a camera that is gone', async () => {
    expect((await listen(testDevice('ipc-5.7', { fault: 'no-inactive' }), 4)).told).toEqual([
      '0 ~',
      '0.5 VMD/active',
      '1.5 VMD/active',
    ])
    const { events } = await listen(testDevice('nvr-4', { offline: 1 }), 4)
    expect(new Set(events.map((event) => event.channel))).toEqual(new Set([34]))
  })
})

describe('power', () => {
  it('goes down for a reboot after its answer, and comes back with a fresh uptime', async () => {
    const { device, clock } = testDevice('ipc-5.7', { fault: 'reboot=2s' })
    const powers: string[] = []
    using _ = device.onPower((power) => powers.push(`${clock.monotonic()} ${power}`))
    await clock.advance(100_000)
    expect(device.upSeconds()).toBe(100)
    device.reboot()
    device.reboot() // once is enough
    expect(device.power).toBe('up')
    await clock.advance(3000)
    expect(powers).toEqual(['100150 down', '102150 up'])
    expect(device).toMatchObject({ power: 'up', reboots: 1 })
    expect(device.upSeconds()).toBe(0)
    await device[Symbol.asyncDispose]()
  })

  it('is cut by outages, which leave the uptime alone', async () => {
    const { device, clock } = testDevice('ipc-5.7', { fault: 'offline@1s+2s,offline@2s+3s' })
    const powers: string[] = []
    using _ = device.onPower((power) => powers.push(`${clock.monotonic()} ${power}`))
    await clock.advance(10_000)
    expect(powers).toEqual(['1000 down', '5000 up'])
    expect(device.upSeconds()).toBe(10)
  })

  it('is silent once disposed', async () => {
    const { device, clock } = testDevice('ipc-5.7', { fault: 'offline@1s+2s' })
    let told = 0
    device.onPower(() => told++)
    await device[Symbol.asyncDispose]()
    await device[Symbol.asyncDispose]()
    await clock.advance(10_000)
    expect(told).toBe(0)
  })
})

describe('the clock', () => {
  it('is ahead, and gains, until it is set', async () => {
    const { device, clock } = testDevice('ipc-5.7', { fault: 'drift=90s,drift-rate=2s/h' })
    const ahead = () => device.deviceNow() - clock.now()
    expect(ahead()).toBe(90_000)
    await clock.advance(3_600_000)
    expect(ahead()).toBe(92_000)
    device.setDeviceTime(clock.now())
    expect(ahead()).toBe(0)
    await clock.advance(1_800_000)
    expect(ahead()).toBe(1000)
  })
})

describe('activation', () => {
  it('comes before all else, and once', () => {
    const { device } = testDevice('ipc-5.7', { isActivated: false })
    expect(device.isActivated).toBe(false)
    expect(device.passwordOf('admin')).toBeUndefined()
    expect(() => device.activate('weak')).toThrow(expect.objectContaining({ reason: 'password-weak' }))
    device.activate('good-pass-1')
    expect(device.passwordOf('admin')).toBe('good-pass-1')
    expect(() => device.activate('good-pass-2')).toThrow(expect.objectContaining({ reason: 'activated' }))
  })

  it('may be missing on some devices alone', () => {
    expect(testDevice('ipc-5.7', { fault: '0:not-activated' }).device.isActivated).toBe(false)
    expect(testDevice('ipc-5.7', { fault: '1:not-activated' }).device.isActivated).toBe(true)
  })

  it('is unknown to old firmware, which comes with the password that everybody knows', () => {
    const { device } = testDevice('ipc-5.2', { isActivated: false })
    expect(device.isActivated).toBe(true)
    expect(device.passwordOf('admin')).toBe('12345')
  })
})

describe('a reset to the factory', () => {
  const changed = (profile: ProfileName) => {
    const set = testDevice(profile)
    set.device.settings.set('/System/time', '/timeZone', 'CST-1:00:00')
    set.device.settings.set('/System/Network/interfaces/1', '/x', 'y')
    set.device.accounts.add({ userName: 'clerk', level: 'Viewer', password: 'hello-123' })
    return set
  }

  it('basic keeps network and users', async () => {
    const { device, clock } = changed('ipc-5.7')
    device.factoryReset('basic')
    await clock.advance(10_000)
    expect(device.settings.toJSON()).toEqual({ '/System/Network/interfaces/1#/x': 'y' })
    expect(device.accounts.all).toHaveLength(2)
    expect(device).toMatchObject({ isActivated: true, reboots: 1 })
  })

  it.each<[ProfileName, boolean]>([
    ['ipc-5.7', false],
    ['ipc-5.2', true],
  ])('full keeps nothing: %s', (profile, isActivated) => {
    const { device } = changed(profile)
    device.factoryReset('full')
    expect(device.settings.toJSON()).toEqual({})
    expect(device.accounts.all).toHaveLength(1)
    expect(device.isActivated).toBe(isActivated)
  })
})

describe('accounts', () => {
  it('lock after so many bad logins, for half an hour, and count anew after a good one', async () => {
    const { device, clock } = testDevice('ipc-5.5')
    const bad = (times: number) => {
      for (let i = 0; i < times; i++) device.loginResult('admin', false)
    }
    bad(4)
    expect(device.passwordOf('admin')).toBe('secret12')
    device.loginResult('admin', true)
    bad(4)
    expect(device.accounts.triesLeft('admin')).toBe(1)
    bad(1)
    expect(device.passwordOf('admin')).toBeUndefined()
    bad(3) // does not prolong it
    await clock.advance(30 * 60_000)
    expect(device.passwordOf('admin')).toBe('secret12')
    device.loginResult('nobody', false)
    expect(device.passwordOf('nobody')).toBeUndefined()
  })

  it('are locked from the start under the fault lock', () => {
    expect(testDevice('ipc-5.7', { fault: 'lock' }).device.passwordOf('admin')).toBeUndefined()
  })
})

// SPDX-License-Identifier: Apache-2.0
/** Alarm inputs and outputs, and moving cameras. */
import { profiles } from '@openhmp/emulator'
import { ioInputResource, ioOutputResource } from '@openhmp/protocol/isapi'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { changeResource, Ptz, readPorts, switchOutput } from '../src/index.ts'
import { complaintsOf, openEmulated, profileNames } from './emulated.ts'

describe.each(profileNames)('the ports of %s', (profile) => {
  const { inputs, outputs, kind } = profiles[profile]
  const proxied = kind === 'recorder' ? 2 : 0 // one of each kind at each of its cameras

  it('are told with their state', async () => {
    await using set = await openEmulated(profile)
    const ports = await readPorts(set.isapi)
    expect([ports.inputs.length, ports.outputs.length]).toEqual([inputs + proxied, outputs + proxied])
    for (const port of [...ports.inputs, ...ports.outputs]) expect(port.isActive).toBe(false)
    if (inputs === 0) return
    set.emulator.raise(0, { type: 'IO', state: 'active', description: 'IO alarm', input: 1 })
    expect((await readPorts(set.isapi)).inputs[0]!.isActive).toBe(true)
    set.emulator.raise(0, { type: 'IO', state: 'inactive', description: 'IO alarm', input: 1 })
    expect((await readPorts(set.isapi)).inputs[0]!.isActive).toBe(false)
  })

  it.runIf(outputs > 0)(
    'are switched on, off, and for a moment, also where the firmware knows no moments',
    async () => {
      await using set = await openEmulated(profile)
      const clock = realClock()
      expect(await switchOutput(set.door, 1, { state: 'on' })).toBe(true)
      expect(await switchOutput(set.door, 1, { state: 'off' })).toBe(false)
      expect(await switchOutput(set.door, 1, { state: 'pulse', pulseMs: 30, clock })).toBe(false)
      const sent = set.written.map(({ body }) => /<outputState>(\w+)/.exec(body)![1])
      expect(sent).toEqual(['high', 'low', 'high', ...(profiles[profile].media.hasPulses ? [] : ['low'])])
      const stop = new AbortController()
      const stopped = switchOutput(set.door, 1, { state: 'pulse', pulseMs: 60_000, clock }, { signal: stop.signal })
      while (!(await readPorts(set.isapi)).outputs[0]!.isActive) await clock.sleep(5)
      stop.abort(new Error('enough'))
      await expect(stopped).rejects.toThrow('enough')
      expect((await readPorts(set.isapi)).outputs[0]!.isActive).toBe(false) // nothing is left on
      await expect(switchOutput(set.door, 9, { state: 'on' })).rejects.toMatchObject({ code: 'isapi.not-supported' })
      expect(complaintsOf(set.written)).toEqual([])
    },
  )

  it.runIf(outputs > 0)('are named and set', async () => {
    await using set = await openEmulated(profile)
    const input = { name: 'Door', isEnabled: false, triggering: 'low' }
    expect(await changeResource(set.door, ioInputResource(1), input)).toMatchObject({ isAsTold: true, after: input })
    const pulse = profiles[profile].media.hasPulses ? { pulseMs: 2000 } : {}
    const output = { name: 'Siren', restState: 'high', ...pulse }
    const changed = await changeResource(set.door, ioOutputResource(1), output)
    expect(changed).toMatchObject({ isAsTold: true, after: output })
    const ports = await readPorts(set.isapi)
    expect([ports.inputs[0]!.name, ports.outputs[0]!.name]).toEqual(['Door', 'Siren'])
    const wrong = changeResource(set.door, ioInputResource(1), { triggering: 'sometimes' })
    await expect(wrong).rejects.toMatchObject({ code: 'isapi.badParameters' })
  })
})

it('a camera behind a recorder has ports too', async () => {
  await using set = await openEmulated('nvr-4')
  expect((await readPorts(set.isapi)).outputs.map(({ id }) => id)).toEqual([1, 101, 201])
  expect(await switchOutput(set.door, 201, { state: 'on' })).toBe(true)
  const name = { name: 'Gate' }
  expect(await changeResource(set.door, ioInputResource(201), name)).toMatchObject({ isAsTold: true, after: name })
  expect((await readPorts(set.isapi)).outputs.map(({ isActive }) => isActive)).toEqual([false, false, true])
  await expect(switchOutput(set.door, 301, { state: 'on' })).rejects.toMatchObject({ code: 'isapi.not-supported' })
})

describe('a moving camera', () => {
  it('goes where it is told, and tells when it is there', async () => {
    await using set = await openEmulated('ptz')
    const ptz = new Ptz(set.door, 1)
    const clock = realClock()
    const gate = { azimuth: 12.5, elevation: 20, zoom: 2 }
    await ptz.goTo(gate)
    expect(await ptz.settled({ clock })).toEqual(gate)
    await ptz.setPreset(3, 'Gate <3>')
    expect(await ptz.presets()).toEqual([{ id: 3, name: 'Gate <3>', isEnabled: true }])
    await ptz.moveFor({ pan: 100 }, 50)
    expect(await ptz.settled({ clock })).toEqual({ ...gate, azimuth: 17 })
    await ptz.move({ tilt: -100 })
    await ptz.stop()
    await ptz.gotoPreset(3)
    expect(await ptz.settled({ clock })).toEqual(gate)
    await ptz.deletePreset(3)
    await expect(ptz.gotoPreset(3)).rejects.toMatchObject({ code: 'isapi.invalidOperation' })
    await expect(ptz.move({ pan: 101 })).rejects.toThrow('pan is from -100 to 100, not 101')
    await expect(ptz.goTo({ ...gate, zoom: 99 })).rejects.toMatchObject({ code: 'isapi.badParameters' })
    expect(complaintsOf(set.written)).toEqual([])
  })

  it.each(profileNames.filter((name) => name !== 'ptz'))('is none: %s', async (profile) => {
    await using set = await openEmulated(profile)
    await expect(new Ptz(set.door, 1).move({ pan: 1 })).rejects.toMatchObject({ code: 'isapi.not-supported' })
  })
})

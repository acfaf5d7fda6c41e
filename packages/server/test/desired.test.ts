// SPDX-License-Identifier: Apache-2.0
/** Plan, apply and undo of a desired state over devices of several firmware, through the whole server. */
import type { DeviceApplied, DevicePlan, Job, JobDevice } from '@openhmp/contract'
import type { ProfileName } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { account, emulate } from './emulated.ts'
import { type House, makePlace, openHouse, until } from './harness.ts'

const ended = async (house: House, id: string): Promise<Job> => {
  let job: Job | undefined
  await until(
    async () => {
      job = (await house.call<Job>('GET', `/jobs/${id}`)).body
      return job.endedAt !== null
    },
    20_000,
    'the end of the job',
  )
  return job!
}
const start = async (house: House, path: string, body: unknown): Promise<Job> => {
  const { status, body: job } = await house.call<Job & { code?: string; text?: string }>('POST', path, body)
  if (status !== 200) throw new Error(`${path} was answered ${status}: ${job.code} ${job.text}`)
  return ended(house, job.id)
}
const resultsOf = async <R>(house: House, { id }: Job): Promise<(JobDevice & { result: R })[]> =>
  (await house.call<{ devices: (JobDevice & { result: R })[] }>('GET', `/jobs/${id}/devices`)).body.devices
const timeOf = (emulator: Awaited<ReturnType<typeof emulate>>, i = 0) =>
  emulator.device(i).settings.get('/System/time', '/timeZone')

const file = `
rules:
  - name: All
    settings:
      time: { mode: NTP, timeZone: "CST-2:00:00" }
      ntp: { host: ntp.harbour.example, intervalMinutes: 30 }
      device: { name: Harbour }
      channel: { name: Quay }
      network: { dns: 192.0.2.53 }
      users: { only: [] }
      osd: { name: true, clock: 12hour }
      events: { report: { linked: true }, motion: { enabled: true, sensitivity: 40 }, tamper: { enabled: true } }
`

describe('the desired state', { timeout: 60_000 }, () => {
  it.each<ProfileName>(['ipc-5.7', 'ipc-5.5', 'ipc-5.2', 'ptz', 'nvr-4', 'ipc-5.8'])(
    'is planned, applied, read back and undone at %s',
    async (profile) => {
      using place = makePlace()
      const isRecorder = profile === 'nvr-4'
      await using emulator = await emulate({ profile, cameras: isRecorder ? 0 : 1, recorders: isRecorder ? 1 : 0 })
      await using house = await openHouse(place)
      const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
      expect((await house.call('PUT', '/desired', { text: file })).status).toBe(200)

      const plan = await start(house, '/desired/plan', {})
      expect(plan).toMatchObject({ state: 'done', counts: { total: 1, done: 1 } })
      const [planned] = await resultsOf<DevicePlan>(house, plan)
      expect(planned!.result.problems).toEqual([])
      expect(planned!.result.differences).toContainEqual({
        ...{ section: 'time', channel: null, field: 'timeZone' },
        ...{ told: 'CST-2:00:00', is: 'CST-8:00:00' },
      })
      expect(planned!.result.differences.map(({ field }) => field)).toContain('host')
      expect(timeOf(emulator)).toBeUndefined() // a plan changes nothing

      const apply = await start(house, '/desired/apply', { plan: plan.id })
      expect(apply.state).toBe('done')
      const [applied] = await resultsOf<DeviceApplied>(house, apply)
      expect(applied!.result).toMatchObject({ altered: [], refused: [] })
      expect(applied!.result.changed).toHaveLength(planned!.result.differences.length)
      expect(timeOf(emulator)).toBe('CST-2:00:00')

      const again = await start(house, '/desired/plan', {})
      expect((await resultsOf<DevicePlan>(house, again))[0]!.result.differences).toEqual([])
      expect((await house.call('POST', '/desired/apply', { plan: again.id })).body.code).toBe('plan.same')

      const undo = await start(house, `/jobs/${apply.id}/undo`, undefined)
      expect((await resultsOf<DeviceApplied>(house, undo))[0]!.result).toMatchObject({ altered: [], refused: [] })
      const back = await start(house, '/desired/plan', {})
      // Events that were linked stay linked.
      const rest = planned!.result.differences.filter(({ section }) => section !== 'events.report')
      expect((await resultsOf<DevicePlan>(house, back))[0]!.result.differences).toEqual(rest)

      const exported = (
        await house.call<{ text: string; problems: unknown[] }>('POST', '/desired/export', { devices: [device.id] })
      ).body
      expect(exported.problems).toEqual([])
      expect(exported.text).toContain('CST-8:00:00')
      const same = await start(house, '/desired/plan', { text: exported.text })
      expect((await resultsOf<DevicePlan>(house, same))[0]!.result).toMatchObject({ differences: [], problems: [] })
      expect(house.errors).toEqual([])
    },
  )

  it('says which setting a device refuses, and why, does the rest, and counts it as failed', async () => {
    using place = makePlace()
    await using emulator = await emulate()
    await using house = await openHouse(place)
    await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
    const text = `rules:\n  - settings:\n      time: { timeZone: "CST-3:00:00" }\n      stream: { main: { codec: h265 } }\n`
    const plan = await start(house, '/desired/plan', { text })
    const apply = await start(house, '/desired/apply', { plan: plan.id })
    expect(apply).toMatchObject({ state: 'failed', counts: { failed: 1 } })
    const [outcome] = await resultsOf<DeviceApplied>(house, apply)
    const { result } = outcome!
    expect(outcome).toMatchObject({ errorCode: 'desired.refused', text: 'refused: stream.main of channel 1' })
    expect(result.changed.map(({ field }) => field)).toEqual(['timeZone'])
    expect(result.refused).toMatchObject([{ section: 'stream.main', channel: 1, code: 'setting.range' }])
    expect(result.refused[0]!.text).toContain('h264')
    const { rows } = (await house.call<{ rows: { text: string }[] }>('GET', `/jobs/${apply.id}/log`)).body
    expect(rows.map((row) => row.text).join()).toMatch(/stream\.main.*h264/)
    const undo = await start(house, `/jobs/${apply.id}/undo`, undefined)
    expect((await resultsOf<DeviceApplied>(house, undo))[0]!.result.changed).toMatchObject([{ told: 'CST-8:00:00' }])
  })

  it('goes on after a restart of the server, in the middle of a wave, and changes each device once', async () => {
    using place = makePlace()
    await using emulator = await emulate({ cameras: 6, fault: 'slow=40ms' })
    let id = ''
    {
      await using house = await openHouse(place)
      for (const { httpUrl } of emulator.devices) await house.add({ kind: 'isapi', address: httpUrl, ...account })
      const plan = await start(house, '/desired/plan', { text: file })
      const rollout = { waves: [1, '50%'], concurrency: 2, maxFailures: 0 }
      id = (await house.call<Job>('POST', '/desired/apply', { plan: plan.id, rollout })).body.id
      await until(
        async () => (await house.call<Job>('GET', `/jobs/${id}`)).body.counts.done >= 2,
        15_000,
        'two devices that are done',
      )
    }
    await using house = await openHouse(place)
    const job = await ended(house, id)
    expect(job).toMatchObject({ state: 'done', counts: { total: 6, done: 6, failed: 0 } })
    expect(job.waves.map(({ total }) => total)).toEqual([1, 2, 3])
    const results = await resultsOf<DeviceApplied>(house, job)
    for (const { result } of results) expect(result.changed.map(({ field }) => field)).toContain('timeZone')
    for (let i = 0; i < 6; i++) expect(timeOf(emulator, i)).toBe('CST-2:00:00')
    const undo = await start(house, `/jobs/${id}/undo`, undefined)
    expect(undo.counts.done).toBe(6)
    for (let i = 0; i < 6; i++) expect(timeOf(emulator, i)).toBe('CST-8:00:00')
    expect(house.errors).toEqual([])
  })

  it('has faults of its file named with their place', async () => {
    using place = makePlace()
    await using house = await openHouse(place)
    const text = 'rules:\n  - settings:\n      tine: {}\n'
    const { body } = await house.call<{ faults: { line: number; text: string }[] }>('POST', '/desired/check', { text })
    expect(body.faults).toMatchObject([{ line: 3 }])
    expect((await house.call('PUT', '/desired', { text })).body.code).toBe('desired.file')
  })
})

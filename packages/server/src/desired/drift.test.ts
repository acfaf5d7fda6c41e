// SPDX-License-Identifier: Apache-2.0
import type { IsapiDoor } from '@openhmp/client'
import { parseXml } from '@openhmp/protocol/xml'
import { expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import type { KnownDevice } from '../fleet/device-row.ts'
import { DRIFT_MS, Drift } from './drift.ts'

const known = { id: 'd', name: 'Gate', site: null, tags: [], information: undefined } as unknown as KnownDevice
const never = new AbortController().signal

it('is told once a device is not what the file says, and looked at again when there is a reason', async () => {
  const clock = new VirtualClock()
  let text = ''
  let zone = 'CST-8:00:00'
  let asked = 0
  const door = {
    getXml: async () => {
      asked++
      return parseXml(new TextEncoder().encode(`<Time><timeMode>NTP</timeMode><timeZone>${zone}</timeZone></Time>`))
    },
  } as unknown as IsapiDoor
  const drift = new Drift({ clock, file: async () => ({ text, updatedAt: null, by: null }) })
  const issues = () => drift.issuesOf(known, door, never)

  expect(await issues()).toEqual([])
  expect([asked, drift.found.size]).toEqual([0, 0])

  text = 'rules:\n  - settings:\n      time: {timeZone: "CET-1:00:00"}\n'
  const told = [{ code: 'drift', severity: 'warning', text: 'not as the desired state says: time.timeZone' }]
  expect(await issues()).toEqual(told)
  expect(drift.found.get('d')!.plan.differences).toMatchObject([{ told: 'CET-1:00:00', is: 'CST-8:00:00' }])
  zone = 'CET-1:00:00'
  expect(await issues()).toEqual(told) // it is not asked every time
  expect(asked).toBe(1)

  drift.forget('d')
  expect(await issues()).toEqual([])
  zone = 'CST-8:00:00'
  await clock.advance(DRIFT_MS)
  expect(await issues()).toEqual(told)
  text = text.replace('CET-1', 'CST-8')
  expect(await issues()).toEqual([])
  text = 'rules:\n  - match: {name: Yard}\n    settings:\n      time: {timeZone: "CET-1:00:00"}\n'
  expect(await issues()).toEqual([])
  expect(drift.found.size).toBe(0)
})

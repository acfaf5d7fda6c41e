// SPDX-License-Identifier: Apache-2.0
import { utf8 } from '@openhmp/protocol/base'
import { scheduleResource, smartResource, type TimeBlock } from '@openhmp/protocol/isapi'
import { formatXml, parseXml, setText } from '@openhmp/protocol/xml'
import { expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import { answerIsapi } from './router.ts'

const make = () => {
  const set = testDevice()
  const told: string[] = []
  set.device.watchAlerts((xml) => told.push(`${/<eventType>(\w+)/.exec(xml)![1]} ${/<eventState>(\w+)/.exec(xml)![1]}`))
  told.length = 0
  const ask = (method: string, target: string, body = '') =>
    parseXml(answerIsapi(set.device, { method, target, body: utf8(body), user: 'admin' }).body)
  return {
    ...set,
    told,
    enable: (path: string, isEnabled: boolean) => {
      const document = ask('GET', path)
      setText(document, 'enabled', isEnabled)
      ask('PUT', path, formatXml(document))
    },
    schedule: (blocks: readonly TimeBlock[]) => {
      const { path, write } = scheduleResource('intrusion', 1)
      const document = ask('GET', path)
      write!(document, { blocks })
      ask('PUT', path, formatXml(document))
    },
    raise: (type: string, state: 'active' | 'inactive') =>
      set.device.raise({ type, state, description: type, channel: 1 }),
  }
}

it('what its owner has switched off is no event, but its end is', () => {
  const { told, enable, raise } = make()
  const { path } = smartResource('lineCrossing', 1)
  raise('linedetection', 'active')
  enable(path, true)
  enable(path, false)
  raise('linedetection', 'active')
  raise('linedetection', 'inactive')
  enable(path, true)
  raise('linedetection', 'active')
  expect(told).toEqual(['linedetection active', 'linedetection inactive', 'linedetection active'])
})

it('an event counts at its times, on the clock of the device', async () => {
  const { told, schedule, raise, device } = make()
  device.setDeviceTime(Date.parse('2026-11-23T08:30:00+08:00')) // a Monday
  for (const blocks of [[], [{ day: 2, from: 0, to: 1440 }], [{ day: 1, from: 0, to: 510 }]]) {
    schedule(blocks)
    raise('fielddetection', 'active')
  }
  expect(told).toEqual([])
  schedule([{ day: 1, from: 510, to: 511 }])
  raise('fielddetection', 'active')
  expect(told).toEqual(['fielddetection active'])
})

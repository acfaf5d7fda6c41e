// SPDX-License-Identifier: Apache-2.0
import { utf8 } from '@openhmp/protocol/base'
import { element, formatXml, parseXml, textAt, type XmlElement } from '@openhmp/protocol/xml'
import { describe, expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import { MAX_PACKED_LENGTH, pack, unpack } from './packed.ts'
import { answerIsapi } from './router.ts'

const points = (count: number, x = '7') =>
  element(
    'CoordinatesList',
    Array.from({ length: count }, (_, i) =>
      element('Coordinates', [element('positionX', x), element('positionY', i * 100)]),
    ),
  )
const links = (count: number, idLength: number) =>
  element(
    'EventTriggerNotificationList',
    Array.from({ length: count }, () =>
      element('EventTriggerNotification', [
        element('id', 'x'.repeat(idLength)),
        element('notificationMethod', 'whiteLightOut'),
        element('notificationRecurrence', 'beginningandend'),
      ]),
    ),
  )

describe('a list that is kept as one value', () => {
  it.each<XmlElement>([points(0), points(3), links(1, 4), links(16, 2)])('is what it was: %#', (list) => {
    const value = pack(list.name, list)!
    expect(formatXml({ ...list, children: unpack(list.name, value) })).toBe(formatXml(list))
  })

  it.each([
    ['more points than there is room for', points(11)],
    ['a point off the raster', points(1, '1001')],
    ['a point without a number', points(1, '')],
    ['more links than there is room for', links(17, 1)],
    ['a word that nobody knows', links(1, 33)],
  ])('is refused: %s', (_, list) => {
    expect(pack(list.name, list)).toBeUndefined()
  })

  it('is no longer than flash has room for', () => {
    const set = testDevice('ptz')
    const put = (list: XmlElement) => {
      const target = '/ISAPI/Event/triggers/VMD-1'
      const body = utf8(formatXml(element('EventTrigger', [element('id', 'VMD-1'), list])))
      const answer = answerIsapi(set.device, { method: 'PUT', target, body, user: 'admin' })
      return textAt(parseXml(answer.body), 'subStatusCode')
    }
    const most = links(16, 30)
    expect(pack(most.name, most)!.length).toBeGreaterThan(MAX_PACKED_LENGTH - 32)
    expect(put(most)).toBe('ok')
    expect(put(links(16, 32))).toBe('badParameters')
  })
})

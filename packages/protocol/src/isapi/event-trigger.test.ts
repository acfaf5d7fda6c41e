// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'
import { eventTriggersOf, isLinkedToCenter, linkToCenter, readEventTrigger } from './event-trigger.ts'

const linked = (xml: string): string => {
  const document = parseXml(xml)
  linkToCenter(document)
  return formatXml(document, { isFragment: true }).replace(/>\s+</g, '><').trim()
}
const center =
  '<EventTriggerNotification><id>center</id><notificationMethod>center</notificationMethod><notificationRecurrence>beginning</notificationRecurrence></EventTriggerNotification>'

describe('a trigger', () => {
  it('is linked, and all else that it holds stays', () => {
    const trigger = (more: string) =>
      `<EventTrigger version="2.0" xmlns="urn:x"><id>VMD-1</id><eventType>VMD</eventType><EventTriggerNotificationList size="8"><EventTriggerNotification><id>record-1</id><notificationMethod>record</notificationMethod><vendorThing a="1">kept</vendorThing></EventTriggerNotification>${more}</EventTriggerNotificationList><after/></EventTrigger>`
    expect(linked(trigger(''))).toBe(trigger(center))
    expect(linked(trigger(center))).toBe(trigger(center)) // once is enough
    const read = readEventTrigger(parseXml(trigger(center)))
    expect(read).toMatchObject({ id: 'VMD-1', methods: ['record', 'center'] })
    expect(isLinkedToCenter(read!)).toBe(true)
  })

  it('is linked where it has no list, under its prefix, and as a list alone', () => {
    expect(linked('<p:EventTrigger xmlns:p="urn:x"><p:id>IO-1</p:id></p:EventTrigger>')).toBe(
      `<p:EventTrigger xmlns:p="urn:x"><p:id>IO-1</p:id><p:EventTriggerNotificationList>${center.replaceAll(/<(\/?)/g, '<$1p:')}</p:EventTriggerNotificationList></p:EventTrigger>`,
    )
    expect(linked('<EventTriggerNotificationList/>')).toBe(
      `<EventTriggerNotificationList>${center}</EventTriggerNotificationList>`,
    )
  })

  it('is found in either list', () => {
    const list = '<EventTriggerList><EventTrigger><id>1</id></EventTrigger></EventTriggerList>'
    for (const xml of [list, `<EventNotification>${list}</EventNotification>`])
      expect(eventTriggersOf(parseXml(xml))).toHaveLength(1)
    expect(readEventTrigger(parseXml('<EventTrigger/>'))).toBeUndefined()
  })
})

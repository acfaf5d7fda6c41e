// SPDX-License-Identifier: Apache-2.0
/** `/ISAPI/Event/triggers`: which events a device raises, and where it sends them. */
import { childrenOf, element, find, localName, numberAt, textAt, type XmlElement } from '../xml/element.ts'
import { isapiRoot } from './namespace.ts'

/** One event of one channel. */
export interface EventTrigger {
  /** `VMD-1`; without channel for the whole device: `diskfull`. */
  readonly id: string
  readonly eventType: string
  readonly channel: number | undefined
  readonly input: number | undefined
  /** `center` is what sends an event to a CMS; `record`, `email` ... */
  readonly methods: readonly string[]
}

/** Without it, an event never reaches an alert stream. */
export const CENTER = 'center'

const readTrigger = (from: XmlElement): EventTrigger | undefined => {
  const eventType = textAt(from, 'eventType')
  if (eventType === undefined) return undefined
  const list = find(from, 'EventTriggerNotificationList')
  return {
    id: textAt(from, 'id') ?? eventType,
    eventType,
    channel: numberAt(from, 'videoInputChannelID') ?? numberAt(from, 'dynVideoInputChannelID'),
    input: numberAt(from, 'inputIOPortID') ?? numberAt(from, 'dynInputIOPortID'),
    methods: childrenOf(list, 'EventTriggerNotification').flatMap((one) => textAt(one, 'notificationMethod') ?? []),
  }
}

/** Reads the list, which old cameras and DVRs wrap in `EventNotification`. */
export const readEventTriggers = (root: XmlElement): EventTrigger[] => {
  const list = localName(root).toLowerCase() === 'eventnotification' ? find(root, 'EventTriggerList') : root
  return childrenOf(list, 'EventTrigger').flatMap((one) => readTrigger(one) ?? [])
}

/** Writes the list, as a device does. */
export const eventTriggersElement = (
  triggers: readonly EventTrigger[],
  outer?: { version?: string; namespace?: string },
): XmlElement =>
  isapiRoot(
    'EventTriggerList',
    triggers.map(({ id, eventType, channel, input, methods }) =>
      element('EventTrigger', [
        element('id', id),
        element('eventType', eventType),
        ...(channel === undefined ? [] : [element('videoInputChannelID', channel)]),
        ...(input === undefined ? [] : [element('inputIOPortID', input)]),
        element(
          'EventTriggerNotificationList',
          methods.map((method) =>
            element('EventTriggerNotification', [
              element('id', method),
              element('notificationMethod', method),
              element('notificationRecurrence', 'beginning'),
            ]),
          ),
        ),
      ]),
    ),
    outer,
  )

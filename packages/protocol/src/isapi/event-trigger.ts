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

/** Reads one; undefined without a type. */
export const readEventTrigger = (from: XmlElement): EventTrigger | undefined => {
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

/** The triggers of a list, which old cameras and DVRs wrap in `EventNotification`. */
export const eventTriggersOf = (root: XmlElement): XmlElement[] =>
  childrenOf(
    localName(root).toLowerCase() === 'eventnotification' ? find(root, 'EventTriggerList') : root,
    'EventTrigger',
  )

/** Reads the list. */
export const readEventTriggers = (root: XmlElement): EventTrigger[] =>
  eventTriggersOf(root).flatMap((one) => readEventTrigger(one) ?? [])

const LIST = 'EventTriggerNotificationList'

/** True for a trigger that tells a CMS. */
export const isLinkedToCenter = ({ methods }: EventTrigger): boolean =>
  methods.some((one) => one.toLowerCase() === CENTER)

/**
 * Adds `center` to a trigger (`EventTrigger`), or to the list of its notifications alone, in place; the other links stay.
 * Nothing happens where it is there already.
 */
export const linkToCenter = (root: XmlElement): void => {
  const prefix = root.name.slice(0, root.name.indexOf(':') + 1)
  let list = localName(root).toLowerCase() === LIST.toLowerCase() ? root : find(root, LIST)
  if (!list) {
    list = element(prefix + LIST, [])
    root.children.push(list)
  }
  const isThere = childrenOf(list, 'EventTriggerNotification').some(
    (one) => textAt(one, 'notificationMethod')?.toLowerCase() === CENTER,
  )
  if (isThere) return
  const cells = { id: CENTER, notificationMethod: CENTER, notificationRecurrence: 'beginning' }
  const parts = Object.entries(cells).map(([name, text]) => element(prefix + name, text))
  list.children.push(element(`${prefix}EventTriggerNotification`, parts))
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

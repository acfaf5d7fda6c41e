// SPDX-License-Identifier: Apache-2.0
/**
 * A subscription, `POST /ISAPI/Event/notification/subscribeEvent`: the answer is a stream like the alert stream, its first
 * part a `SubscribeEventResponse`, its heartbeat an alert of type `heartBeat`. It ends with its connection.
 */
import { element } from '../xml/element.ts'
import { formatXml } from '../xml/format.ts'

/** Where it is. */
export const SUBSCRIPTION_PATH = '/ISAPI/Event/notification/subscribeEvent'
/** From one heartbeat to the next, in seconds. */
export const SUBSCRIPTION_HEARTBEAT_SECONDS = 30

/** The document that asks for all events of all channels. */
export const formatSubscription = (): string =>
  formatXml(
    element(
      'SubscribeEvent',
      [
        element('heartbeat', SUBSCRIPTION_HEARTBEAT_SECONDS),
        element('eventMode', 'all'),
        element('channelMode', 'all'),
      ],
      { version: '2.0', xmlns: 'http://www.isapi.org/ver20/XMLSchema' },
    ),
  )

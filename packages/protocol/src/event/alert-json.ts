// SPDX-License-Identifier: Apache-2.0
/** The same alert in JSON: access control, alarm panels and some analytics send it among the XML ones. */
import { optional } from './alert-xml.ts'
import type { DeviceEvent } from './device-event.ts'
import { kindOf } from './kind.ts'
import { timeOf } from './time.ts'

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
/** Numbers come as numbers or as text. */
const number = (value: unknown): number | undefined => {
  const found = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

/** Reads one alert of parsed JSON; undefined when it is none. Some devices wrap it in `EventNotificationAlert`. */
export const alertOfJson = (value: unknown): DeviceEvent | undefined => {
  if (!isMembers(value)) return undefined
  const inner = value['EventNotificationAlert']
  const alert = isMembers(inner) ? inner : value
  const type = text(alert['eventType'])
  if (type === undefined) return undefined
  const state = text(alert['eventState'])?.toLowerCase() === 'inactive' ? 'inactive' : 'active'
  const word = type.toLowerCase()
  const channel = number(alert['channelID']) ?? number(alert['dynChannelID'])
  const time = text(alert['dateTime'])
  const plate = isMembers(alert['ANPR']) ? text(alert['ANPR']['licensePlate']) : undefined
  return {
    kind: kindOf(type),
    type,
    state,
    isHeartbeat: word === 'heartbeat' || (word === 'videoloss' && state === 'inactive'),
    ...optional('channel', channel === undefined || channel < 1 ? undefined : Math.trunc(channel)),
    ...optional('input', number(alert['inputIOPortID']) ?? number(alert['dynInputIOPortID'])),
    ...timeOf(time),
    ...optional('description', text(alert['eventDescription'])),
    ...optional('channelName', text(alert['channelName'])),
    ...optional('macAddress', text(alert['macAddress'])),
    ...optional('count', number(alert['activePostCount'])),
    targets: [],
    ...optional('licensePlate', plate),
    pictures: number(alert['picturesNumber']) ?? number(alert['detectionPicturesNumber']) ?? 0,
    isRetransmission: alert['isDataRetransmission'] === true,
  }
}

// SPDX-License-Identifier: Apache-2.0
/** An `EventNotificationAlert` as this firmware writes it: names, order, namespace and channel elements differ by profile. */
import { element, formatXml, type XmlElement } from '@openhmp/protocol/xml'
import type { Profile } from './profile.ts'

/** What happened, before a firmware dresses it. */
export interface Alert {
  /** The device's own word: `VMD`, `videoloss`, `IO`, `linedetection` ... */
  readonly type: string
  readonly state: 'active' | 'inactive'
  readonly description: string
  /** Video input channel, from 1; undefined for the whole device. */
  readonly channel?: number
  readonly channelName?: string
  /** Alarm input, from 1. */
  readonly input?: number
  readonly target?: 'human' | 'vehicle'
  /** Where, as fractions of the picture: x, y, width, height. */
  readonly region?: readonly [number, number, number, number]
}

/** Where the alert comes from, and when. */
export interface AlertContext {
  readonly profile: Profile
  readonly ipAddress: string
  readonly portNo: number
  readonly macAddress: string
  /** Device's local time with its offset. */
  readonly dateTime: string
  readonly count: number
}

/** The document, without declaration, its last line ended. */
export function writeAlert(alert: Alert, context: AlertContext): string {
  const { profile } = context
  const channel = alert.channel === undefined ? undefined : alert.channel + profile.channelOffset
  const asDynamic = profile.channelAs !== 'channelID'
  const asPlain = profile.channelAs !== 'dynChannelID'
  const parts: XmlElement[] = [
    element('ipAddress', context.ipAddress),
    element('portNo', context.portNo),
    element(profile.protocolWord, 'HTTP'),
    element('macAddress', context.macAddress),
    ...(asPlain && alert.input === undefined ? [element('channelID', channel ?? 0)] : []),
    ...(asDynamic && channel !== undefined ? [element('dynChannelID', channel)] : []),
    element('dateTime', context.dateTime),
    element('activePostCount', context.count),
    element('eventType', alert.type),
    element('eventState', alert.state),
    element('eventDescription', alert.description),
    ...(alert.input === undefined ? [] : [element('inputIOPortID', alert.input)]),
    ...(alert.channelName === undefined || profile.alertVersion === '1.0'
      ? []
      : [element('channelName', alert.channelName)]),
    ...(alert.region && profile.alertVersion === '2.0' ? [regionList(alert)] : []),
  ]
  const root = { version: profile.alertVersion, xmlns: profile.alertNamespace }
  return formatXml(element('EventNotificationAlert', parts, root), { newline: profile.lineEnd, isFragment: true })
}

const regionList = ({ region, target }: Alert): XmlElement => {
  const [X = 0, Y = 0, width = 0, height = 0] = region ?? []
  const rect = Object.entries({ X, Y, width, height }).map(([name, value]) => element(name, value.toFixed(3)))
  return element('DetectionRegionList', [
    element('DetectionRegionEntry', [
      element('regionID', 1),
      element('sensitivityLevel', 60),
      ...(target ? [element('detectionTarget', target)] : []),
      element('TargetRect', rect),
    ]),
  ])
}

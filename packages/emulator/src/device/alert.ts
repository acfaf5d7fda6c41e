// SPDX-License-Identifier: Apache-2.0
/** An `EventNotificationAlert` as this firmware writes it: names, order, namespace and channel elements differ by profile. */
import { element, text, type XmlPart } from '../isapi/write.ts'
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

/** The document, without prolog. */
export function writeAlert(alert: Alert, context: AlertContext): string {
  const { profile } = context
  const channel = alert.channel === undefined ? undefined : alert.channel + profile.channelOffset
  const asDynamic = profile.channelAs !== 'channelID'
  const asPlain = profile.channelAs !== 'dynChannelID'
  const parts: XmlPart[] = [
    text('ipAddress', context.ipAddress),
    text('portNo', context.portNo),
    text(profile.protocolWord, 'HTTP'),
    text('macAddress', context.macAddress),
    ...(asPlain && alert.input === undefined ? [text('channelID', channel ?? 0)] : []),
    ...(asDynamic && channel !== undefined ? [text('dynChannelID', channel)] : []),
    text('dateTime', context.dateTime),
    text('activePostCount', context.count),
    text('eventType', alert.type),
    text('eventState', alert.state),
    text('eventDescription', alert.description),
    ...(alert.input === undefined ? [] : [text('inputIOPortID', alert.input)]),
    ...(alert.channelName === undefined || profile.alertVersion === '1.0'
      ? []
      : [text('channelName', alert.channelName)]),
    ...(alert.region && profile.alertVersion === '2.0' ? [regionList(alert)] : []),
  ]
  return element('EventNotificationAlert', parts, {
    version: profile.alertVersion,
    xmlns: profile.alertNamespace,
  }).write(profile.lineEnd)
}

const regionList = ({ region, target }: Alert): XmlPart => {
  const [X = 0, Y = 0, width = 0, height = 0] = region ?? []
  const rect = Object.entries({ X, Y, width, height }).map(([name, value]) => text(name, value.toFixed(3)))
  return element('DetectionRegionList', [
    element('DetectionRegionEntry', [
      text('regionID', 1),
      text('sensitivityLevel', 60),
      ...(target ? [text('detectionTarget', target)] : []),
      element('TargetRect', rect),
    ]),
  ])
}

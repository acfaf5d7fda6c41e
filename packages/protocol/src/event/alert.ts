// SPDX-License-Identifier: Apache-2.0
/** Reading a part of an alert stream or a push, XML or JSON, and writing alerts as devices do. */
import { fromUtf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { element, type XmlElement } from '../xml/element.ts'
import { formatXml, type XmlFormat } from '../xml/format.ts'
import { parseXmlDocuments } from '../xml/parse.ts'
import { alertOfJson } from './alert-json.ts'
import { alertOfXml } from './alert-xml.ts'
import type { DeviceEvent } from './device-event.ts'

/** Longest alert; the longest known, with plates and faces, has 30 KB. */
export const MAX_ALERT_BYTES = 256 * 1024

/**
 * Reads the alerts of one part: usually one, several when they are glued together. What is well-formed but no alert gives
 * none. Throws `WireError` `event.size`, `event.format`, or the reader's own.
 */
export const parseAlerts = (bytes: Uint8Array): DeviceEvent[] => {
  if (bytes.length > MAX_ALERT_BYTES) throw new WireError('event.size', `an alert longer than ${MAX_ALERT_BYTES} bytes`)
  const text = fromUtf8(bytes)
  // What it is shows in its first sign; the Content-Type is wrong too often to be asked.
  const first = /[^\s\uFEFF]/.exec(text)?.[0]
  if (first === '<') return parseXmlDocuments(text).flatMap((root) => alertOfXml(root) ?? [])
  if (first !== '{' && first !== '[') throw new WireError('event.format', 'neither XML nor JSON', { at: 0 })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new WireError('event.format', 'broken JSON', { cause })
  }
  return (Array.isArray(value) ? value : [value]).flatMap((one) => alertOfJson(one) ?? [])
}

/** What a device puts around an event. */
export interface AlertFrame extends XmlFormat {
  readonly namespace: string
  readonly version: string
  readonly ipAddress: string
  readonly portNo: number
  /** Name of the channel element: recorders use `dynChannelID`. */
  readonly channelElement?: 'channelID' | 'dynChannelID'
}

/** What an alert says, as a device knows it. */
export interface AlertInit {
  readonly type: string
  readonly state: 'active' | 'inactive'
  readonly time: string
  readonly count: number
  readonly description: string
  readonly channel?: number
  readonly channelName?: string
  readonly input?: number
  readonly macAddress?: string
  readonly targets?: DeviceEvent['targets']
  readonly pictures?: number
}

/** Writes an alert as XML, in the order of elements that cameras use. */
export const formatAlert = (alert: AlertInit, frame: AlertFrame): string => {
  const { channelElement = 'channelID' } = frame
  const children: XmlElement[] = [
    element('ipAddress', frame.ipAddress),
    element('portNo', frame.portNo),
    element('protocol', 'HTTP'),
    ...(alert.macAddress === undefined ? [] : [element('macAddress', alert.macAddress)]),
    ...(alert.channel === undefined ? [] : [element(channelElement, alert.channel)]),
    element('dateTime', alert.time),
    element('activePostCount', alert.count),
    element('eventType', alert.type),
    element('eventState', alert.state),
    element('eventDescription', alert.description),
    ...(alert.input === undefined ? [] : [element('inputIOPortID', alert.input)]),
    ...(alert.channelName === undefined ? [] : [element('channelName', alert.channelName)]),
    ...regions(alert.targets ?? []),
    ...(alert.pictures
      ? [element('detectionPictureTransType', 'binary'), element('detectionPicturesNumber', alert.pictures)]
      : []),
  ]
  return formatXml(
    element('EventNotificationAlert', children, { version: frame.version, xmlns: frame.namespace }),
    frame,
  )
}

const regions = (targets: DeviceEvent['targets']): XmlElement[] =>
  targets.length === 0
    ? []
    : [
        element(
          'DetectionRegionList',
          targets.map(({ x, y, width, height, type }, i) =>
            element('DetectionRegionEntry', [
              element('regionID', i + 1),
              ...(type === undefined ? [] : [element('detectionTarget', type)]),
              element(
                'TargetRect',
                Object.entries({ X: x, Y: y, width, height }).map(([name, value]) => element(name, value.toFixed(3))),
              ),
            ]),
          ),
        ),
      ]

/** Writes the same as JSON. */
export const formatAlertJson = (alert: AlertInit, frame: AlertFrame): string =>
  JSON.stringify({
    ipAddress: frame.ipAddress,
    portNo: frame.portNo,
    protocol: 'HTTP',
    macAddress: alert.macAddress,
    channelID: alert.channel,
    dateTime: alert.time,
    activePostCount: alert.count,
    eventType: alert.type,
    eventState: alert.state,
    eventDescription: alert.description,
    inputIOPortID: alert.input,
    channelName: alert.channelName,
    picturesNumber: alert.pictures,
  })

// SPDX-License-Identifier: Apache-2.0
/**
 * The topics of a broker: the state of every kind of event of every camera, and what Home Assistant is told of them
 * (its MQTT discovery, `binary_sensor`). Pure.
 */
import type { Way } from '@openhmp/contract'

/** One thing whose state is held at the broker. */
export interface Sensor {
  readonly device: string
  /** 0 for what belongs to no channel. */
  readonly channel: number
  readonly kind: string
}

export type SensorState = 'ON' | 'OFF' | 'unknown'

type MqttWay = Extract<Way, { kind: 'mqtt' }>

/** Home Assistant's classes; what is not here has none. */
const classes: Readonly<Record<string, string>> = {
  motion: 'motion',
  lineCrossing: 'motion',
  fieldIntrusion: 'motion',
  regionEntrance: 'motion',
  regionExiting: 'motion',
  tamper: 'tamper',
  videoLoss: 'problem',
  deviceError: 'problem',
  audioException: 'sound',
  audioDetection: 'sound',
  smoke: 'smoke',
  fire: 'heat',
  temperatureAlarm: 'heat',
}

/** A part of a topic: kinds come from devices, and `/`, `+` and `#` have a meaning (MQTT 3.1.1 §4.7). */
const safe = (text: string): string => text.replaceAll(/[^\w.-]/g, '_')

/** Where the server says whether it is there: `online` or, by its last will, `offline`. */
export const statusTopic = ({ topic }: MqttWay): string => `${topic}/status`

/** `openhmp/<device>/<channel>/<kind>` */
export const stateTopic = ({ topic }: MqttWay, { device, channel, kind }: Sensor): string =>
  `${topic}/${safe(device)}/${channel}/${safe(kind)}`

/** `homeassistant/binary_sensor/<id>/config` */
export const discoveryTopic = (discovery: string, { device, channel, kind }: Sensor): string =>
  `${discovery}/binary_sensor/openhmp_${safe(device)}_${channel}_${safe(kind)}/config`

/** What Home Assistant makes a sensor of. */
export const discoveryOf = (way: MqttWay, sensor: Sensor, of: { name: string; model: string | null }): string => {
  const { device, channel, kind } = sensor
  const id = `openhmp_${safe(device)}_${channel}`
  const deviceClass = classes[kind]
  return JSON.stringify({
    name: kind,
    unique_id: `${id}_${safe(kind)}`,
    state_topic: stateTopic(way, sensor),
    json_attributes_topic: `${stateTopic(way, sensor)}/event`,
    payload_on: 'ON',
    payload_off: 'OFF',
    // Home Assistant knows a state that nobody knows as None.
    value_template: "{{ 'None' if value == 'unknown' else value }}",
    availability_topic: statusTopic(way),
    ...(deviceClass === undefined ? {} : { device_class: deviceClass }),
    device: {
      identifiers: [id],
      name: of.name,
      manufacturer: 'OpenHMP',
      ...(of.model === null ? {} : { model: of.model }),
    },
    origin: { name: 'OpenHMP' },
  })
}

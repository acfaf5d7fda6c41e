// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { type AlertFrame, type AlertInit, formatAlert, formatAlertJson, MAX_ALERT_BYTES, parseAlerts } from './alert.ts'
import { channelOfAlert, placeEvent } from './channel.ts'
import { faultOf, kindOf } from './kind.ts'
import { parseDeviceTime } from './time.ts'

const alert = (inside: string, attributes = 'version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"'): string =>
  `<EventNotificationAlert ${attributes}>${inside}</EventNotificationAlert>`

/** name, what a device sends, what it means. */
const rows: readonly (readonly [string, string, readonly object[]])[] = [
  [
    'a camera at rest (its heartbeat)',
    alert(
      '<channelID>1</channelID><dateTime>2024-02-03T04:05:06+01:00</dateTime><activePostCount>0</activePostCount><eventType>videoloss</eventType><eventState>inactive</eventState>',
    ),
    [{ kind: 'videoLoss', state: 'inactive', isHeartbeat: true, channel: 1, count: 0, timeMs: 1_706_929_506_000 }],
  ],
  [
    'a real loss of video',
    alert('<dynChannelID>16</dynChannelID><eventType>videoloss</eventType><eventState>active</eventState>'),
    [{ kind: 'videoLoss', isHeartbeat: false, channel: 16 }],
  ],
  ['the heartbeat of a subscription', alert('<eventType>heartBeat</eventType>'), [{ isHeartbeat: true }]],
  [
    'an empty count and channel',
    alert('<channelID/><activePostCount/><eventType>VMD</eventType><eventState>active</eventState>'),
    [{ kind: 'motion', type: 'VMD' }],
  ],
  [
    'channel 0, the whole device',
    alert('<channelID>0</channelID><eventType>diskfull</eventType>'),
    [{ kind: 'deviceError', type: 'diskfull' }],
  ],
  [
    'an alarm input',
    alert('<eventType>IO</eventType><eventState>active</eventState><inputIOPortID>2</inputIOPortID>'),
    [{ kind: 'alarmInput', input: 2 }],
  ],
  [
    'a wrapped smart event',
    alert(
      '<eventType>duration</eventType><DurationList><Duration><relationEvent>linedetection</relationEvent></Duration></DurationList>',
    ),
    [{ kind: 'lineCrossing', type: 'linedetection' }],
  ],
  [
    'a target in a region',
    alert(
      '<eventType>fielddetection</eventType><DetectionRegionList><DetectionRegionEntry><regionID>3</regionID><detectionTarget>human</detectionTarget><TargetRect><X>0.25</X><Y>0.5</Y><width>0.1</width><height>0.2</height></TargetRect></DetectionRegionEntry></DetectionRegionList><detectionPicturesNumber>1</detectionPicturesNumber>',
    ),
    [
      {
        kind: 'fieldIntrusion',
        region: 3,
        pictures: 1,
        targets: [{ x: 0.25, y: 0.5, width: 0.1, height: 0.2, type: 'human' }],
      },
    ],
  ],
  [
    'a plate',
    alert('<eventType>ANPR</eventType><ANPR><licensePlate>AB 123</licensePlate></ANPR>'),
    [{ kind: 'plate', licensePlate: 'AB 123' }],
  ],
  [
    'an odd namespace and prefix',
    `<n:EventNotificationAlert xmlns:n="urn:psialliance-org"><n:eventType>PIR</n:eventType></n:EventNotificationAlert>`,
    [{ kind: 'alarmInput' }],
  ],
  [
    'alerts glued together',
    alert('<eventType>VMD</eventType>') + alert('<eventType>IO</eventType>'),
    [{ kind: 'motion' }, { kind: 'alarmInput' }],
  ],
  [
    'an un-escaped ampersand',
    alert('<eventType>VMD</eventType><channelName>Yard & gate</channelName>'),
    [{ channelName: 'Yard & gate' }],
  ],
  [
    'JSON',
    '{"channelID":"2","eventType":"AccessControllerEvent","eventState":"active","dateTime":"2026-07-14T11:33:19+08:00"}',
    [{ kind: 'accessControllerEvent', channel: 2, timeMs: 1_783_999_999_000 }],
  ],
  [
    'wrapped JSON',
    '{"EventNotificationAlert":{"channelID":1,"eventType":"VMD","eventState":"inactive"}}',
    [{ kind: 'motion', state: 'inactive' }],
  ],
  [
    'a line with its ends, counted from the bottom left',
    alert(
      '<eventType>linedetection</eventType><DetectionRegionList><DetectionRegionEntry><regionID>1</regionID><RegionCoordinatesList><RegionCoordinates><positionX>250</positionX><positionY>1000</positionY></RegionCoordinates><RegionCoordinates><positionX>500</positionX><positionY>0</positionY></RegionCoordinates><RegionCoordinates><positionX/></RegionCoordinates></RegionCoordinatesList></DetectionRegionEntry><DetectionRegionEntry/></DetectionRegionList>',
    ),
    [
      {
        region: 1,
        regions: [
          {
            id: 1,
            points: [
              { x: 0.25, y: 0 },
              { x: 0.5, y: 1 },
            ],
          },
        ],
      },
    ],
  ],
  [
    'a temperature in Fahrenheit',
    alert(
      '<eventType>TMA</eventType><TMA><thermometryUnit>fahrenheit</thermometryUnit><currTemperature>212</currTemperature></TMA>',
    ),
    [{ kind: 'temperatureAlarm', temperature: 100 }],
  ],
  [
    'a face that is known, in JSON',
    '{"eventType":"faceContrast","alarmResult":[{"faces":[{"age":{"ageGroup":"middle"},"gender":{"value":"female"},"identify":[{"candidate":[{"similarity":91,"reserve_field":{"name":"Ann"}},{"similarity":12}]}]}]}]}',
    [{ kind: 'faceComparison', face: { name: 'Ann', similarity: 0.91, age: 'middle', gender: 'female' } }],
  ],
  [
    'a region of JSON',
    '{"eventType":"fielddetection","channelID":0,"dynChannelID":"34","DetectionRegionList":[{"DetectionRegionEntry":{"regionID":2,"detectionTarget":"vehicle","TargetRect":{"x":0.1,"y":0.2,"width":0.3,"height":0.4}}}]}',
    [
      {
        channel: 34,
        region: 2,
        regions: [{ id: 2, points: [] }],
        targets: [{ x: 0.1, y: 0.2, width: 0.3, height: 0.4, type: 'vehicle' }],
      },
    ],
  ],
  [
    'channel 0 beside the one that is meant',
    alert('<channelID>0</channelID><dynChannelID>40</dynChannelID><eventType>VMD</eventType>'),
    [{ channel: 40 }],
  ],
  [
    'a wrapper that names nothing',
    alert('<eventType>duration</eventType><DurationList/>'),
    [{ kind: 'duration', type: 'duration' }],
  ],
  ['something that is no alert', '<SubscribeEventResponse><id>1</id></SubscribeEventResponse>', []],
]

describe('alerts', () => {
  it.each(rows)('reads %s', (_, text, meaning) => {
    const bytes = utf8(text)
    const before = bytes.slice()
    const events = parseAlerts(bytes)
    expect(events).toHaveLength(meaning.length)
    for (const [i, one] of meaning.entries()) expect(events[i]).toMatchObject(one)
    expect(bytes).toEqual(before)
  })

  it('leaves out what a device leaves out', () => {
    const [event] = parseAlerts(utf8(alert('<channelID/><eventType>VMD</eventType>')))
    expect(event).not.toHaveProperty('channel')
    expect(event).not.toHaveProperty('count')
  })

  it('refuses what is too long or nothing at all', () => {
    expect(() => parseAlerts(new Uint8Array(MAX_ALERT_BYTES + 1))).toThrow(
      expect.objectContaining({ code: 'event.size' }),
    )
    expect(() => parseAlerts(utf8('hello'))).toThrow(expect.objectContaining({ code: 'event.format' }))
    expect(() => parseAlerts(utf8('{"a":'))).toThrow(expect.objectContaining({ code: 'event.format' }))
  })

  it('refuses JSON that is too deep', () => {
    const deep = `{"eventType":"VMD","a":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`
    expect(() => parseAlerts(utf8(deep))).toThrow(expect.objectContaining({ code: 'event.depth' }))
  })

  const frame: AlertFrame = {
    namespace: 'http://www.hikvision.com/ver20/XMLSchema',
    version: '2.0',
    ipAddress: '192.0.2.7',
    portNo: 80,
  }
  const word = fc.constantFrom('VMD', 'IO', 'linedetection', 'diskfull')
  const init: fc.Arbitrary<AlertInit> = fc.record({
    type: word,
    state: fc.constantFrom('active', 'inactive'),
    time: fc.constant('2026-11-23T10:00:00+01:00'),
    count: fc.nat(5000),
    description: fc.constantFrom('motion <alarm>', 'a & b'),
    channel: fc.integer({ min: 1, max: 64 }),
    pictures: fc.nat(3),
  })

  it('gives back what was written, in XML and JSON', () => {
    fc.assert(
      fc.property(init, (one) => {
        for (const text of [formatAlert(one, frame), formatAlertJson(one, frame)]) {
          const [event] = parseAlerts(utf8(text))
          const { type, state, time, count, channel, description, pictures } = event!
          expect({ type, state, time, count, channel, description, pictures }).toEqual(one)
        }
      }),
    )
  })

  it('answers any bytes with events or a WireError', () => {
    const seeds = rows.map(([, text]) => text)
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.nat(600), fc.string({ maxLength: 6 }), (seed, at, noise) => {
        try {
          parseAlerts(utf8(seed.slice(0, at) + noise + seed.slice(at + noise.length)))
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})

describe('kinds', () => {
  it.each([
    ['vmd', 'motion'],
    ['VMDHumanVehicle', 'motion'],
    ['shelteralarm', 'tamper'],
    ['tamperdetection', 'tamper'],
    ['LineDetection', 'lineCrossing'],
    ['nicbroken', 'deviceError'],
    ['AIOP_Video', 'aiopVideo'],
    ['safetyHelmetDetection', 'safetyHelmetDetection'],
    ['__proto__', 'proto'],
    ['', 'unknown'],
  ])('%s is %s', (word, kind) => {
    expect(kindOf(word)).toBe(kind)
  })
})

describe('faults', () => {
  it.each([
    ['diskfull', 'diskFull'],
    ['diskerror', 'diskError'],
    ['nicbroken', 'networkBroken'],
    ['ipconflict', 'addressConflict'],
    ['illAccess', 'illegalAccess'],
    ['badvideo', 'videoException'],
    ['videomismatch', 'videoMismatch'],
    ['recordingfailure', 'recordingFailure'],
    ['recordException', 'recordingFailure'],
    ['abnormalReboot', 'abnormalReboot'],
    ['VMD', undefined],
  ])('%s is %s', (word, fault) => {
    expect(faultOf(word)).toBe(fault)
    expect(kindOf(word) === 'deviceError').toBe(fault !== undefined)
  })
})

describe('device times', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2000-02-29T23:59:59.5+00:00', 951_868_799_500],
    ['2017-12-01T09:01:18-6:00', 1_512_140_478_000],
    ['2024-05-01 12:34:56', 1_714_566_896_000],
    ['2024-13-01T00:00:00Z', undefined],
    ['yesterday', undefined],
  ])('%s', (text, ms) => {
    expect(parseDeviceTime(text)).toBe(ms)
  })

  it('takes the zone of the device where the time has none', () => {
    expect(parseDeviceTime('1970-01-01T08:00:00', 480)).toBe(0)
  })
})

describe('channels of recorders', () => {
  it.each([
    [34, [1, 2, 3, 4], [1, 2, 3, 4], 2],
    [33, [1, 2, 3, 4, 5, 6], [5, 6], 5],
    [2, [1, 2], [], 2],
    [34, [1, 2, 34], [34], 34],
    [99, [1, 2], [1, 2], undefined],
    [7, [1, 2], [1, 2], undefined],
    [37, [1, 2, 3, 4, 5, 6], [5, 6], 5],
  ])('%i of %j with %j proxied is %s', (given, channels, proxied, meant) => {
    expect(channelOfAlert(given, channels, proxied)).toBe(meant)
  })

  it.each([
    [{ channel: 34 }, { channel: 2 }],
    [{ channel: 2 }, { channel: 2 }],
    [{ channel: 99 }, { channel: 99 }],
    [{ input: 201 }, { input: 201, channel: 2 }],
    [{ input: 3301 }, { input: 3301, channel: 1 }],
    [{ input: 2 }, { input: 2 }],
    [{ input: 901 }, { input: 901 }],
  ])('an event with %j has %j', (given, placed) => {
    const event = parseAlerts(utf8(alert('<eventType>IO</eventType>')))[0]!
    expect(placeEvent({ ...event, ...given }, [1, 2, 3], [1, 2, 3])).toEqual({ ...event, ...placed })
  })
})

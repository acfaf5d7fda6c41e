// SPDX-License-Identifier: Apache-2.0
/**
 * What real devices get wrong on an alert stream, each under its name: the right kinds and counts come out, cut at every
 * byte. The shapes are those of a camera, a PTZ camera and a recorder; the texts are our own.
 */
import { concat, utf8 } from '@openhmp/protocol/base'
import type { DeviceEvent } from '@openhmp/protocol/event'
import { describe, expect, it } from 'vitest'
import { AlertReader } from './alert-reader.ts'

const ver20 = 'http://www.hikvision.com/ver20/XMLSchema'
/** An alert of a camera: CRLF, version 2.0, the serial number of PSIA at the end. */
const camera = (type: string, state: string, more = '', channel = '<channelID>1</channelID>') =>
  [
    `<EventNotificationAlert version="2.0" xmlns="${ver20}">`,
    '<ipAddress>192.0.2.9</ipAddress><portNo>80</portNo><protocol>HTTP</protocol>',
    channel,
    '<dateTime>2026-03-01T10:00:00+08:00</dateTime><activePostCount>4</activePostCount>',
    `<eventType>${type}</eventType><eventState>${state}</eventState><eventDescription>d</eventDescription>`,
    more,
    '<Extensions version="1.0" xmlns="urn:psialliance-org"><eventPush>IO&amp;&amp;X,1</eventPush></Extensions>',
    '</EventNotificationAlert>',
    '',
  ].join('\r\n')
/** Of a recorder: LF, version 1.0, `dynChannelID` alone. */
const recorder = (type: string, channel: number) =>
  `<EventNotificationAlert version="1.0" xmlns="${ver20}">\n<dynChannelID>${channel}</dynChannelID>\n<activePostCount>1</activePostCount>\n<eventType>${type}</eventType>\n<eventState>active</eventState>\n</EventNotificationAlert>\n`
const heartbeat = camera('videoloss', 'inactive')
const motion = camera('VMD', 'active', '<DetectionRegionList>\r\n</DetectionRegionList>')
const line = camera('linedetection', 'active')
const json = '{"channelID":"2","eventType":"AccessControllerEvent","eventState":"active"}'

interface PartOptions {
  readonly boundary?: string
  /** Added to the true length; undefined: none is told. */
  readonly off?: number | undefined
  readonly type?: string
}
const part = (body: string, { boundary = 'boundary', off, type = 'application/xml; charset="UTF-8"' }: PartOptions) =>
  `--${boundary}\r\nContent-Type: ${type}\r\n${off === undefined ? '' : `Content-Length: ${utf8(body).length + off}\r\n`}\r\n${body}\r\n`
const exact = { off: 0 } as const
/** Bytes of a picture that look like the frame around it. */
const jpeg = concat([
  Uint8Array.of(0xff, 0xd8, 0xff, 0xe0),
  utf8('\r\n--boundary\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n--boundary--\r\n'),
  Uint8Array.of(0x80, 0xfe, 13, 10, 0xff, 0xd9),
])
const picture = concat([
  utf8(`--boundary\r\nContent-Type: image/pjpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
  jpeg,
  utf8('\r\n'),
])
const withPicture = camera('fielddetection', 'active', '<detectionPicturesNumber>1</detectionPicturesNumber>')

/** name, Content-Type of the answer, what is on the wire, kinds that come out (heartbeats as `-`). */
const quirks: readonly (readonly [string, string, string | Uint8Array, readonly string[]])[] = [
  [
    'a camera as it should be',
    'multipart/mixed; boundary=boundary',
    part(heartbeat, exact) + part(motion, exact) + part(line, exact),
    ['-', 'motion', 'lineCrossing'],
  ],
  [
    'a recorder without lengths, with LF',
    'multipart/mixed; boundary=MIME_boundary',
    [recorder('videoloss', 16), recorder('VMD', 33)]
      .map((body) => part(body, { boundary: 'MIME_boundary' }).replaceAll('\r\n', '\n'))
      .join(''),
    ['videoLoss 16', 'motion 33'],
  ],
  [
    'a boundary other than the header says',
    'multipart/mixed; boundary=MIME_boundary',
    part(motion, exact) + part(line, {}),
    ['motion', 'lineCrossing'],
  ],
  [
    'a boundary in angle brackets',
    'multipart/mixed; boundary=<boundary>',
    part(motion, {}) + part(line, {}),
    ['motion', 'lineCrossing'],
  ],
  [
    'a quoted boundary',
    'multipart/mixed; boundary="a b"',
    part(motion, { boundary: 'a b' }) + part(line, { boundary: 'a b' }),
    ['motion', 'lineCrossing'],
  ],
  ['a content type that is only the boundary', 'boundary', part(motion, exact), ['motion']],
  [
    'a doubled boundary',
    'multipart/mixed; boundary=boundary',
    `${part(motion, {})}--boundary\r\n--boundary\r\n${part(line, {})}`,
    ['motion', 'lineCrossing'],
  ],
  ['no Content-Length', 'multipart/mixed; boundary=boundary', part(motion, {}) + part(heartbeat, {}), ['motion', '-']],
  [
    'a Content-Length that counts the line end, too',
    'multipart/mixed; boundary=boundary',
    part(motion, { off: 2 }) + part(line, { off: 2 }),
    ['motion', 'lineCrossing'],
  ],
  [
    'a Content-Length that is too long',
    'multipart/mixed; boundary=boundary',
    part(motion, { off: 50 }) + part(line, exact),
    ['motion', 'lineCrossing'],
  ],
  [
    'a Content-Length that is too short',
    'multipart/mixed; boundary=boundary',
    part(motion, { off: -20 }) + part(line, exact),
    ['motion', 'lineCrossing'],
  ],
  [
    'no line end before the boundary, and too many of them',
    'multipart/mixed; boundary=boundary',
    `${part(motion, {}).trimEnd()}${part(line, {})}\r\n\r\n\r\n${part(motion, {})}`,
    ['motion', 'lineCrossing', 'motion'],
  ],
  [
    'a raw picture with boundaries inside',
    'multipart/mixed; boundary=boundary',
    concat([utf8(part(withPicture, exact)), picture, utf8(part(motion, exact))]),
    ['fieldIntrusion +1', 'motion'],
  ],
  [
    'a picture that is called XML',
    'multipart/mixed; boundary=boundary',
    concat([
      utf8(part(withPicture, exact)),
      utf8(`--boundary\r\nContent-Type: application/xml\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
      concat([jpeg, utf8('\r\n')]),
    ]),
    ['fieldIntrusion +1'],
  ],
  [
    'alerts glued together in one part',
    'multipart/mixed; boundary=boundary',
    part(`${motion + line}<?xml version="1.0" encoding="UTF-8"?>\r\n${heartbeat}`, exact),
    ['motion', 'lineCrossing', '-'],
  ],
  [
    'an ampersand that is not escaped',
    'multipart/mixed; boundary=boundary',
    part(camera('VMD', 'active', '<channelName>Yard & gate &amp; wall</channelName>'), {}),
    ['motion "Yard & gate & wall"'],
  ],
  [
    'JSON among XML',
    'multipart/mixed; boundary=boundary',
    part(motion, {}) + part(json, { type: 'application/json', off: 0 }) + part(json, {}) + part(line, {}),
    ['motion', 'accessControllerEvent 2', 'accessControllerEvent 2', 'lineCrossing'],
  ],
  [
    'names in lower case, in a namespace of no one',
    'multipart/mixed; boundary=boundary',
    part(
      '<eventnotificationalert xmlns="urn:psialliance-org"><channelid>1</channelid><eventtype>vmd</eventtype><eventstate>active</eventstate></eventnotificationalert>',
      {},
    ) +
      part(
        '<x:EventNotificationAlert xmlns:x="http://www.isapi.org/ver20/XMLSchema"><x:eventType>PIR</x:eventType></x:EventNotificationAlert>',
        {},
      ),
    ['motion', 'alarmInput'],
  ],
  [
    'empty elements',
    'multipart/mixed; boundary=boundary',
    part(camera('VMD', 'active', '<channelName/><DetectionRegionList/>', '<channelID/><dynChannelID/>'), {}) +
      part(camera('videoloss', 'inactive', '', '<channelID></channelID>'), {}),
    ['motion -', '-'],
  ],
  [
    'a part that is nothing, between two that are something',
    'multipart/mixed; boundary=boundary',
    part(motion, {}) + part('Not now', { type: 'text/plain' }) + part('<broken><', {}) + part(line, {}),
    ['motion', 'lineCrossing'],
  ],
  [
    'a wrapper called duration',
    'multipart/mixed; boundary=boundary',
    part(
      camera(
        'duration',
        'active',
        '<DurationList><Duration><relationEvent>regionEntrance</relationEvent></Duration></DurationList>',
      ),
      {},
    ),
    ['regionEntrance'],
  ],
  [
    'the first part of a subscription',
    'multipart/mixed; boundary=boundary',
    part('<SubscribeEventResponse><id>1</id><FailedEventList/></SubscribeEventResponse>', {}) +
      part(camera('heartBeat', 'active'), {}) +
      part(motion, {}),
    ['-', 'motion'],
  ],
]

/** One event in a word: kind, channel where it is not 1, pictures, name. */
const word = (event: DeviceEvent, pictures: readonly Uint8Array[]): string => {
  if (event.isHeartbeat) return '-'
  const channel = event.kind === 'alarmInput' || event.channel === 1 ? '' : ` ${event.channel ?? '-'}`
  const name = event.channelName === undefined ? '' : ` "${event.channelName}"`
  return `${event.kind}${channel}${pictures.length > 0 ? ` +${pictures.length}` : ''}${name}`
}

const read = (type: string, chunks: readonly Uint8Array[]): string[] => {
  const words: string[] = []
  const reader = new AlertReader(type, (event, pictures) => words.push(word(event, pictures)))
  for (const chunk of chunks) reader.push(chunk)
  reader.end()
  return words
}

describe('wire quirks of alert streams', () => {
  it.each(quirks)('%s', (_, type, wire, expected) => {
    const bytes = typeof wire === 'string' ? utf8(wire) : wire
    expect(read(type, [bytes])).toEqual(expected)
    expect(
      read(
        type,
        Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)),
      ),
    ).toEqual(expected)
    for (let at = 1; at < bytes.length; at++)
      if (read(type, [bytes.subarray(0, at), bytes.subarray(at)]).join() !== expected.join())
        expect({ cutAt: at, words: read(type, [bytes.subarray(0, at), bytes.subarray(at)]) }).toEqual(expected)
  })
})

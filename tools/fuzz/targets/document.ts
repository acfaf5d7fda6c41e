// SPDX-License-Identifier: Apache-2.0
/** Targets: XML, event notifications, multipart streams. */
import { fromUtf8 } from '@openhmp/protocol/base'
import { parseAlerts } from '@openhmp/protocol/event'
import { boundaryOf, MultipartSplitter } from '@openhmp/protocol/multipart'
import { formatXml, parseXml } from '@openhmp/protocol/xml'
import { COLD_RUNS, type FuzzTarget, lines } from '../target.ts'

const deviceInfo = `<?xml version="1.0" encoding="UTF-8"?>
<DeviceInfo version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
<deviceName>Gate &amp; yard</deviceName><deviceID>x</deviceID><model>X-1</model>
<serialNumber>X1</serialNumber><macAddress>00:00:5e:00:53:01</macAddress>
<!-- a comment --><firmwareVersion>V5.7.1</firmwareVersion><a:b xmlns:a="urn:x" c='d"e'/><t><![CDATA[<x>]]></t>
</DeviceInfo>
`
const tokens = [
  '<',
  '>',
  '</',
  '/>',
  '&amp;',
  '&#x41;',
  '&#1114112;',
  '&lol;',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<!DOCTYPE x [<!ENTITY a "b">]>',
  '<?',
  '?>',
  '"',
  "'",
  '=',
  ' xmlns:a="u"',
  '<a>',
  '</a>',
]

const alert = `<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
<ipAddress>192.0.2.64</ipAddress><portNo>80</portNo><protocol>HTTP</protocol><macAddress>00:00:5e:00:53:01</macAddress>
<channelID>1</channelID><dateTime>2026-11-02T12:00:00+08:00</dateTime><activePostCount>3</activePostCount>
<eventType>linedetection</eventType><eventState>active</eventState><eventDescription>Line Crossing</eventDescription>
<DetectionRegionList><DetectionRegionEntry><regionID>1</regionID><sensitivityLevel>50</sensitivityLevel>
<RegionCoordinatesList><RegionCoordinates><positionX>100</positionX><positionY>200</positionY></RegionCoordinates></RegionCoordinatesList>
<detectionTarget>human</detectionTarget></DetectionRegionEntry></DetectionRegionList>
</EventNotificationAlert>
`
const heartbeat = alert.replace('linedetection', 'videoloss').replace('>active<', '>inactive<')
const json = `{"ipAddress":"192.0.2.64","channelID":1,"dateTime":"2026-11-02T12:00:00Z","eventType":"AccessControllerEvent",
"eventState":"active","eventDescription":"x","activePostCount":1,"AccessControllerEvent":{"majorEventType":5,"subEventType":75}}`
const part = (type: string, body: string) => `--boundary
Content-Type: ${type}
Content-Length: ${body.replace(/\n/g, '\r\n').length}

${body}
`
const stream = `${part('application/xml; charset="UTF-8"', heartbeat)}${part('application/json', json)}${part('image/jpeg', 'JPEG')}--boundary--
`

export const documentTargets: readonly FuzzTarget[] = [
  {
    name: 'xml',
    testRuns: COLD_RUNS,
    seeds: [lines(deviceInfo), lines(alert)],
    tokens,
    run: (input) => {
      // The first writing leaves out what no document may hold; from then on nothing changes.
      const again = formatXml(parseXml(formatXml(parseXml(input))))
      if (formatXml(parseXml(again)) !== again) throw new Error('what was written does not read the same')
    },
  },
  {
    name: 'alert',
    testRuns: COLD_RUNS,
    seeds: [lines(alert), lines(heartbeat), lines(alert + heartbeat), lines(json)],
    tokens: [...tokens, '{', '}', '[', ']', 'null', '1e999', '-1', '"__proto__":', '<channelID>33</channelID>'],
    maxBytes: 2048,
    run: (input) => {
      parseAlerts(input)
    },
  },
  {
    name: 'multipart',
    testRuns: COLD_RUNS,
    seeds: [lines(stream), lines(stream.replaceAll('--boundary', '--MIME_boundary'))],
    tokens: [
      '--boundary\r\n',
      '--boundary--',
      '--',
      '\r\n',
      '\r\n\r\n',
      'Content-Length: 99999999\r\n',
      'Content-Length: 3\r\n',
      ': ',
    ],
    maxBytes: 2048,
    run: (input) => {
      const splitter = new MultipartSplitter('multipart/mixed; boundary=boundary')
      for (let at = 0; at < input.length; at += 500) splitter.push(input.slice(at, at + 500))
      splitter.end()
      boundaryOf(fromUtf8(input))
    },
  },
]

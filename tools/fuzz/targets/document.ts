// SPDX-License-Identifier: Apache-2.0
/** Targets: XML, event notifications, multipart streams, answers of searches. */
import { fromUtf8, WireError } from '@openhmp/protocol/base'
import {
  readSadpAnswer,
  readSadpInquiry,
  readWsDiscoveryMatches,
  readWsDiscoveryProbe,
  sadpAnswer,
  sadpInquiry,
  scopeOf,
  wsDiscoveryMatches,
  wsDiscoveryProbe,
} from '@openhmp/protocol/discovery'
import { parseAlerts } from '@openhmp/protocol/event'
import {
  changeStreamingChannel,
  peerErrorOf,
  readCapabilities,
  readDeviceInfo,
  readEventTriggers,
  readInputProxyChannels,
  readInputProxyStatuses,
  readResponseStatus,
  readStatus,
  readStreamingChannel,
  readStreamingChannels,
  readTime,
  readUserCheck,
  readVideoInputChannels,
  responseStatusOf,
  zoneMinutes,
} from '@openhmp/protocol/isapi'
import { boundaryOf, MultipartSplitter } from '@openhmp/protocol/multipart'
import { formatXml, parseXml, textAt } from '@openhmp/protocol/xml'
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

const ns = 'version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"'
/** One document of each kind, short: the readers look at what they know and leave the rest. */
const documents = [
  deviceInfo,
  `<ResponseStatus ${ns}><requestURL>/x</requestURL><statusCode>4</statusCode><statusString>no</statusString><subStatusCode>lowPrivilege</subStatusCode></ResponseStatus>`,
  `<StreamingChannelList ${ns}><StreamingChannel><id>101</id><channelName>x</channelName><enabled>true</enabled><Video><videoCodecType>H.265</videoCodecType><videoResolutionWidth>640</videoResolutionWidth><videoResolutionHeight>360</videoResolutionHeight><videoQualityControlType>VBR</videoQualityControlType><vbrUpperCap>512</vbrUpperCap><maxFrameRate>2500</maxFrameRate></Video><Audio><enabled>true</enabled><audioCompressionType>G.711ulaw</audioCompressionType></Audio></StreamingChannel></StreamingChannelList>`,
  `<VideoInputChannelList ${ns}><VideoInputChannel><id>1</id><name>x</name><inputPort>1</inputPort></VideoInputChannel></VideoInputChannelList>`,
  `<InputProxyChannelList ${ns}><InputProxyChannel><id>1</id><name>x</name><sourceInputPortDescriptor><ipAddress>192.0.2.1</ipAddress><online>true</online></sourceInputPortDescriptor></InputProxyChannel></InputProxyChannelList>`,
  `<EventTriggerList ${ns}><EventTrigger><id>VMD-1</id><eventType>VMD</eventType><videoInputChannelID>1</videoInputChannelID><EventTriggerNotificationList><EventTriggerNotification><id>center</id><notificationMethod>center</notificationMethod></EventTriggerNotification></EventTriggerNotificationList></EventTrigger></EventTriggerList>`,
  `<DeviceCap ${ns}><SysCap><VideoCap><videoInputPortNums>4</videoInputPortNums></VideoCap></SysCap><RacmCap><inputProxyNums>8</inputProxyNums></RacmCap></DeviceCap>`,
  `<Time ${ns}><timeMode>NTP</timeMode><localTime>2026-11-02T12:00:00+08:00</localTime><timeZone>CST-8:00:00DST01:00:00,M3.2.0/02:00:00,M11.1.0/02:00:00</timeZone></Time>`,
  `<DeviceStatus ${ns}><deviceUpTime>5</deviceUpTime><CPUList><CPU><cpuUtilization>5</cpuUtilization></CPU></CPUList></DeviceStatus>`,
  `<userCheck ${ns}><statusValue>401</statusValue><lockStatus>unlock</lockStatus><retryLoginTime>5</retryLoginTime></userCheck>`,
]
const isapiReaders = [
  readDeviceInfo,
  readCapabilities,
  readEventTriggers,
  readVideoInputChannels,
  readInputProxyChannels,
  readInputProxyStatuses,
  readStreamingChannels,
  readStreamingChannel,
  readTime,
  readStatus,
  readUserCheck,
  responseStatusOf,
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

const discoveryReaders = [readSadpAnswer, readSadpInquiry, readWsDiscoveryMatches, readWsDiscoveryProbe]
const uuid = '9a1b2c3d-0000-4000-8000-00005e005301'
const datagrams = [
  sadpInquiry(uuid),
  sadpAnswer({
    ...{ uuid, model: 'X-1', serialNumber: 'X1', macAddress: '00:00:5e:00:53:01', address: '192.0.2.64' },
    ...{ mask: '255.255.255.0', gateway: '192.0.2.1', isDhcp: false, httpPort: 80, commandPort: 8000 },
    ...{ firmwareVersion: 'V5.7.1 build 240101', isActivated: true, analogChannels: 0, digitalChannels: 1 },
  }),
  wsDiscoveryProbe(uuid),
  wsDiscoveryMatches(uuid, `uuid:${uuid}`, {
    endpoint: `urn:uuid:${uuid}`,
    types: ['dn:NetworkVideoTransmitter'],
    scopes: ['onvif://www.onvif.org/name/A%20b'],
    addresses: ['http://192.0.2.64/onvif/device_service'],
  }),
]

const attempt = (read: () => unknown): void => {
  try {
    read()
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
}

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
    name: 'isapi',
    testRuns: COLD_RUNS,
    seeds: documents.map(lines),
    tokens: ['<id>1</id>', '&amp;', '', 'true', '101', '-1', '1e999', '<statusCode>'],
    run: (input) => {
      const status = readResponseStatus(input)
      if (status) peerErrorOf(status, 403, 'x')
      const root = parseXml(input)
      for (const read of isapiReaders) attempt(() => read(root))
      zoneMinutes(textAt(root, 'timeZone') ?? '')
      changeStreamingChannel(root, { bitrateKbps: 5, frameRate: 5 })
      formatXml(root)
    },
  },
  {
    name: 'discovery',
    testRuns: COLD_RUNS,
    seeds: datagrams.map(lines),
    tokens: ['%', '%zz', '', ' ', 'true', '999.1.1.1', '-1', '1e999', '<MAC>', 'onvif://www.onvif.org/name/'],
    run: (input) => {
      for (const read of discoveryReaders) attempt(() => read(input))
      for (const { scopes } of readWsDiscoveryMatches(input)?.matches ?? []) scopeOf(scopes, 'name')
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

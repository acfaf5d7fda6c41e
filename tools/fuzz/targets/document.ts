// SPDX-License-Identifier: Apache-2.0
/** Targets: XML and what is made of it, multipart streams. */
import { fromUtf8 } from '@openhmp/protocol/base'
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

export const documentTargets: readonly FuzzTarget[] = [
  {
    name: 'xml',
    testRuns: COLD_RUNS,
    seeds: [lines(deviceInfo)],
    tokens,
    run: (input) => {
      const again = formatXml(parseXml(fromUtf8(input)))
      if (formatXml(parseXml(again)) !== again) throw new Error('what was written does not read the same')
    },
  },
]

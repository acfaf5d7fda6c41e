// SPDX-License-Identifier: Apache-2.0
/** Changes written into documents that hold more than we know: the rest stays, in its order, under its prefix. */
import { describe, expect, it } from 'vitest'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'
import type { Resource } from './resource.ts'
import { deviceNameResource, ntpResource, streamResource, timeResource } from './setting.ts'

const written = <V, C>(resource: Resource<V, C>, xml: string, change: C): { text: string; value: V } => {
  const document = parseXml(xml)
  resource.write!(document, change)
  const text = formatXml(document, { isFragment: true }).replace(/>\s+</g, '><').trim()
  return { text, value: resource.read(parseXml(text)) }
}

describe('a change of a setting', () => {
  it('of the time drops the local time with NTP, and keeps it without', () => {
    const xml =
      '<Time version="2.0" xmlns="urn:x"><timeMode>manual</timeMode><localTime>2026-01-01T00:00:00+08:00</localTime><timeZone>CST-8:00:00</timeZone><vendorThing a="1">kept</vendorThing></Time>'
    expect(written(timeResource, xml, { timeZone: 'CST-1:00:00' })).toEqual({
      text: xml.replace('CST-8', 'CST-1'),
      value: { mode: 'manual', timeZone: 'CST-1:00:00' },
    })
    expect(written(timeResource, xml, { mode: 'NTP' }).text).toBe(
      '<Time version="2.0" xmlns="urn:x"><timeMode>NTP</timeMode><timeZone>CST-8:00:00</timeZone><vendorThing a="1">kept</vendorThing></Time>',
    )
  })

  it('of the NTP server replaces a name by an address and back, where it stood', () => {
    const named =
      '<n:NTPServerList xmlns:n="urn:x"><n:NTPServer><n:id>1</n:id><n:addressingFormatType>hostname</n:addressingFormatType><n:hostName>pool.ntp.org</n:hostName><n:portNo>123</n:portNo><n:x>kept</n:x></n:NTPServer><n:NTPServer><n:id>2</n:id></n:NTPServer></n:NTPServerList>'
    const numbered = named
      .replace('>hostname<', '>ipaddress<')
      .replace('<n:hostName>pool.ntp.org</n:hostName>', '<n:ipAddress>192.0.2.1</n:ipAddress>')
    expect(written(ntpResource, named, { host: '192.0.2.1' })).toEqual({
      text: numbered,
      value: { host: '192.0.2.1', port: 123, intervalMinutes: undefined },
    })
    expect(written(ntpResource, numbered, { host: 'pool.ntp.org' }).text).toBe(named)
    expect(() => written(ntpResource, '<NTPServerList/>', { port: 1 })).toThrow(
      expect.objectContaining({ code: 'setting.absent' }),
    )
  })

  it('of a stream or a name touches nothing else', () => {
    const xml =
      '<StreamingChannel><id>101</id><Video><videoCodecType>H.264</videoCodecType><maxFrameRate>2500</maxFrameRate><PacketType>PS</PacketType><PacketType>RTP</PacketType></Video></StreamingChannel>'
    expect(written(streamResource(101), xml, { codec: 'h265', frameRate: 12.5 }).text).toBe(
      xml.replace('H.264', 'H.265').replace('2500', '1250'),
    )
    const info = '<DeviceInfo><deviceName>a</deviceName><model>m</model></DeviceInfo>'
    expect(written(deviceNameResource, info, { name: 'Gate <2> & yard' }).value).toEqual({ name: 'Gate <2> & yard' })
  })
})

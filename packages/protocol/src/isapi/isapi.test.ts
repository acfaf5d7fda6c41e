// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'
import { isRecorder, readCapabilities } from './capabilities.ts'
import { deviceInfoElement, readDeviceInfo } from './device-info.ts'
import { CENTER, eventTriggersElement, readEventTriggers } from './event-trigger.ts'
import { readInputProxyChannels, readInputProxyStatuses, readVideoInputChannels } from './input-channel.ts'
import { isOk, peerErrorOf, readResponseStatus, responseStatusElement } from './response-status.ts'
import {
  changeStreamingChannel,
  codecOfWord,
  readStreamingChannel,
  readStreamingChannels,
  streamingChannelElement,
  streamOf,
} from './streaming-channel.ts'
import { readStatus, readTime, readUserCheck, timeElement, zoneMinutes } from './system.ts'

const ns = 'xmlns="http://www.isapi.org/ver20/XMLSchema" version="2.0"'

describe('ResponseStatus', () => {
  const xml = (code: number, word: string, more = ''): Uint8Array =>
    utf8(
      `<ResponseStatus ${ns}><statusCode>${code}</statusCode><statusString>s</statusString><subStatusCode>${word}</subStatusCode>${more}</ResponseStatus>`,
    )

  it.each([
    [
      'XML',
      xml(4, 'notSupport', '<description>SW not support</description>'),
      { statusCode: 4, subStatusCode: 'notSupport', detail: 'SW not support' },
    ],
    ['a created thing', xml(1, 'ok', '<id>2</id>'), { statusCode: 1, id: '2' }],
    [
      'JSON',
      utf8('{"statusCode":6,"statusString":"Invalid Content","subStatusCode":"badParameters","errorMsg":"portNo"}'),
      { statusCode: 6, subStatusCode: 'badParameters', detail: 'portNo' },
    ],
    ['HTML', utf8('<!DOCTYPE html><html></html>'), undefined],
    ['another document', utf8(`<DeviceInfo ${ns}/>`), undefined],
    ['nothing', new Uint8Array(0), undefined],
    ['broken XML', utf8('<ResponseStatus>'), undefined],
  ])('reads %s', (_, bytes, meaning) => {
    if (meaning) expect(readResponseStatus(bytes)).toMatchObject(meaning)
    else expect(readResponseStatus(bytes)).toBeUndefined()
  })

  it.each([
    [4, 'notSupport', 403, 'isapi.not-supported', 'never'],
    [4, 'lowPrivilege', 403, 'isapi.forbidden', 'never'],
    [4, 'notActivated', 401, 'isapi.not-activated', 'after-login'],
    [2, 'deviceBusy', 503, 'isapi.deviceBusy', 'later'],
    [3, 'deviceError', 500, 'isapi.deviceError', 'later'],
    [6, 'bad<word>', 400, 'isapi.refused', 'never'],
  ])('makes an error of %i %s', (statusCode, word, http, code, retry) => {
    const error = peerErrorOf({ statusCode, statusString: 'x', subStatusCode: word }, http, '192.0.2.7: PUT /a')
    expect(error).toMatchObject({ code, retry, status: http })
    expect(error.message).toContain('192.0.2.7: PUT /a')
  })

  it('gives back what was written', () => {
    const written = { statusCode: 7, statusString: 'Reboot Required', subStatusCode: 'rebootRequired' }
    const status = readResponseStatus(utf8(formatXml(responseStatusElement('/ISAPI/a', written))))!
    expect(status).toEqual(written)
    expect(isOk(status)).toBe(false)
  })
})

describe('device info and capabilities', () => {
  const info = {
    deviceName: 'Yard & gate',
    deviceId: 'd',
    model: 'M',
    serialNumber: 'S',
    macAddress: '00:11:22:aa:bb:cc',
    firmwareVersion: 'V5.7.1',
    firmwareReleasedDate: 'build 240101',
    deviceType: 'IPCamera',
  }
  it('gives back what was written', () => {
    expect(readDeviceInfo(parseXml(formatXml(deviceInfoElement(info))))).toEqual(info)
  })
  it('trims an intercom and forgives what is missing', () => {
    const read = readDeviceInfo(
      parseXml('<DeviceInfo><deviceType>\tVis</deviceType><macAddress> AA:BB </macAddress></DeviceInfo>'),
    )
    expect(read).toMatchObject({ deviceType: 'Vis', macAddress: 'aa:bb', model: '' })
  })
  it.each([
    ['a camera', 0, undefined, false],
    ['a recorder', 0, 8, true],
    ['a hybrid recorder', 4, 2, true],
    ['a camera that counts itself', 1, undefined, false],
  ])('knows %s', (_, analog, ip, expected) => {
    const proxies = ip === undefined ? '' : `<RacmCap><inputProxyNums>${ip}</inputProxyNums></RacmCap>`
    const cap = `<DeviceCap ${ns}><SysCap><VideoCap><videoInputPortNums>${analog}</videoInputPortNums></VideoCap></SysCap>${proxies}</DeviceCap>`
    expect(isRecorder(readCapabilities(parseXml(cap)))).toBe(expected)
  })
})

describe('streaming channels', () => {
  const init = {
    id: 1702,
    name: 'Dock',
    codec: 'h265',
    width: 640,
    height: 360,
    frameRate: 12.5,
    bitrateKbps: 512,
    govLength: 25,
    audioCodec: 'pcma',
  } as const

  it('gives back what was written', () => {
    const { govLength, ...rest } = init
    expect(readStreamingChannel(parseXml(formatXml(streamingChannelElement(init))))).toMatchObject(rest)
    expect(streamOf(1702)).toEqual({ channel: 17, number: 2 })
    expect(govLength).toBe(25)
  })

  it('takes the upper bound of a variable rate, and no rate for "all it can"', () => {
    const root = parseXml(
      '<StreamingChannel><id>101</id><Video><videoCodecType>H.264</videoCodecType><videoQualityControlType>vbr</videoQualityControlType><constantBitRate>1</constantBitRate><vbrUpperCap>8192</vbrUpperCap><maxFrameRate>0</maxFrameRate></Video></StreamingChannel>',
    )
    expect(readStreamingChannel(root)).toMatchObject({ bitrateKbps: 8192, frameRate: undefined, audioCodec: undefined })
  })

  it.each([
    ['H.264', 'h264'],
    ['H.264-BP', 'h264'],
    ['h.265', 'h265'],
    ['MJPEG', 'mjpeg'],
    ['MPEG4', undefined],
    ['G.711ulaw', 'pcmu'],
    ['G.711alaw', 'pcma'],
    ['AAC', undefined],
  ])('%s is %s', (word, codec) => {
    expect(codecOfWord(word)).toBe(codec)
  })

  it('reads lists of none, one and many, whatever their size attribute says', () => {
    const one = '<StreamingChannel><id>101</id></StreamingChannel>'
    for (const [inside, count] of [
      ['', 0],
      [one, 1],
      [one.repeat(3), 3],
      ['<StreamingChannel><id>x</id></StreamingChannel>', 0],
    ] as const)
      expect(
        readStreamingChannels(parseXml(`<StreamingChannelList size="8">${inside}</StreamingChannelList>`)),
      ).toHaveLength(count)
  })

  it('changes what is asked and keeps what it does not know, in order', () => {
    const root = parseXml(
      `<StreamingChannel ${ns}><id>101</id><Video><new opt="a,b">1</new><maxFrameRate>2500</maxFrameRate><constantBitRate>1024</constantBitRate></Video><Extra/></StreamingChannel>`,
    )
    changeStreamingChannel(root, { frameRate: 12.5, bitrateKbps: 2048 })
    expect(formatXml(root, { isFragment: true }).replaceAll('\n', '')).toBe(
      '<StreamingChannel xmlns="http://www.isapi.org/ver20/XMLSchema" version="2.0"><id>101</id><Video><new opt="a,b">1</new><maxFrameRate>1250</maxFrameRate><constantBitRate>2048</constantBitRate></Video><Extra/></StreamingChannel>',
    )
  })
})

describe('inputs', () => {
  it('reads those of the device and those of its IP cameras', () => {
    const inputs = parseXml(
      '<VideoInputChannelList><VideoInputChannel><id>1</id><name>A</name><videoInputEnabled>false</videoInputEnabled></VideoInputChannel></VideoInputChannelList>',
    )
    expect(readVideoInputChannels(inputs)).toEqual([{ id: 1, name: 'A', isEnabled: false }])
    const proxies = parseXml(
      '<InputProxyChannelList size="2"><InputProxyChannel><id>3</id><name>B</name><sourceInputPortDescriptor><proxyProtocol>ONVIF</proxyProtocol><ipAddress>192.0.2.9</ipAddress></sourceInputPortDescriptor></InputProxyChannel></InputProxyChannelList>',
    )
    expect(readInputProxyChannels(proxies)).toMatchObject([
      { id: 3, name: 'B', protocol: 'ONVIF', ipAddress: '192.0.2.9', model: undefined },
    ])
  })
  it('does not call an IP camera offline that the recorder says nothing of', () => {
    const list = parseXml(
      '<l><InputProxyChannelStatus><id>1</id><online>true</online></InputProxyChannelStatus><InputProxyChannelStatus><id>2</id><chanDetectResult>notActivated</chanDetectResult></InputProxyChannelStatus></l>',
    )
    expect(readInputProxyStatuses(list)).toEqual([
      { id: 1, isOnline: true, result: undefined },
      { id: 2, isOnline: undefined, result: 'notActivated' },
    ])
  })
})

describe('event triggers', () => {
  const trigger = { id: 'VMD-1', eventType: 'VMD', channel: 1, input: undefined, methods: ['record', CENTER] }
  it('gives back what was written', () => {
    expect(readEventTriggers(parseXml(formatXml(eventTriggersElement([trigger]))))).toEqual([trigger])
  })
  it('finds the list in its older wrapping', () => {
    const root = parseXml(
      '<EventNotification><EventTriggerList><EventTrigger><eventType>diskfull</eventType></EventTrigger></EventTriggerList></EventNotification>',
    )
    expect(readEventTriggers(root)).toMatchObject([{ id: 'diskfull', methods: [] }])
  })
})

describe('system documents', () => {
  it('leaves the local time out with NTP', () => {
    const time = { timeMode: 'NTP', localTime: '2026-01-01T00:00:00+01:00', timeZone: 'CST-1:00:00' }
    expect(readTime(timeElement(time))).toEqual({ ...time, localTime: undefined })
    expect(readTime(timeElement({ ...time, timeMode: 'manual' }))).toEqual({ ...time, timeMode: 'manual' })
  })
  it.each([
    ['CST-8:00:00', 480],
    ['CST-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/02:00:00', 60],
    ['CST+5:30:00', -330],
    ['CST0:00:00', 0],
    ['?', undefined],
  ])('zone %s is %s minutes ahead', (zone, minutes) => {
    expect(zoneMinutes(zone)).toBe(minutes)
  })
  it('reads status and login state', () => {
    expect(
      readStatus(
        parseXml(
          '<DeviceStatus><deviceUpTime>857877</deviceUpTime><CPUList><CPU><cpuUtilization>30</cpuUtilization></CPU></CPUList></DeviceStatus>',
        ),
      ),
    ).toMatchObject({ upTimeSeconds: 857877, cpuPercent: 30 })
    expect(
      readUserCheck(
        parseXml(
          '<userCheck><statusValue>401</statusValue><lockStatus>lock</lockStatus><unlockTime>1700</unlockTime></userCheck>',
        ),
      ),
    ).toMatchObject({ isOk: false, isLocked: true, unlockSeconds: 1700 })
  })
})

it('answers any document with values or a WireError', () => {
  const seeds = [
    formatXml(eventTriggersElement([])),
    `<StreamingChannelList><StreamingChannel><id>101</id></StreamingChannel></StreamingChannelList>`,
  ]
  const readers = [
    readDeviceInfo,
    readCapabilities,
    readStreamingChannels,
    readVideoInputChannels,
    readInputProxyChannels,
    readEventTriggers,
    readTime,
    readStatus,
    readUserCheck,
  ]
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.nat(200), fc.string({ maxLength: 8 }), (seed, at, noise) => {
      try {
        const root = parseXml(seed.slice(0, at) + noise + seed.slice(at + noise.length))
        for (const read of readers) read(root)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }),
  )
})

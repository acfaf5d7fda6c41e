// SPDX-License-Identifier: Apache-2.0
/** What is made of devices that are neither a plain camera nor a plain recorder. */
import { describe, expect, it } from 'vitest'
import { probeDevice } from '../src/index.ts'
import { answer, openRawServer, said } from './raw-server.ts'
import { testClock } from './test-clock.ts'

const credentials = { username: 'admin', password: 'Secret-1' }
const info =
  '<DeviceInfo><deviceName> Hall </deviceName><model>DS-7204</model><serialNumber>S1</serialNumber><macAddress>AA:BB:CC:DD:EE:FF</macAddress><firmwareVersion>V4.1</firmwareVersion><deviceType>\tDVR</deviceType></DeviceInfo>'
const input = (id: number, name: string, more = '') =>
  `<VideoInputChannel><id>${id}</id><inputPort>${id}</inputPort>${more}<name>${name}</name></VideoInputChannel>`
const proxied = (id: number, name: string) =>
  `<InputProxyChannel><id>${id}</id><name>${name}</name></InputProxyChannel>`
const stream = (id: number, video: string, audio = '') =>
  `<StreamingChannel><id>${id}</id><channelName>Stream ${id}</channelName><Video>${video}</Video>${audio}</StreamingChannel>`
const h264 =
  '<videoCodecType>H.264</videoCodecType><videoResolutionWidth>960</videoResolutionWidth><videoResolutionHeight>576</videoResolutionHeight><constantBitRate>1024</constantBitRate><maxFrameRate>1250</maxFrameRate>'

/** Probes a device with these documents; every other path is refused. */
const probe = async (documents: Readonly<Record<string, string>>) => {
  await using server = await openRawServer((socket, text) => {
    const path = text.split(' ')[1]!.replace('/ISAPI/', '')
    const body = documents[path]
    socket.write(body === undefined ? answer(403, said(4, 'notSupport')) : answer(200, body))
  })
  return await probeDevice(`127.0.0.1:${server.port}`, credentials, { clock: testClock() })
}

describe('probeDevice', () => {
  it('takes a hybrid recorder: analog inputs first, IP cameras after them, an input that is off left out', async () => {
    const found = await probe({
      'System/deviceInfo': info,
      'System/Video/inputs/channels': `<VideoInputChannelList>${input(1, 'Door')}${input(2, 'Off', '<videoInputEnabled>false</videoInputEnabled>')}</VideoInputChannelList>`,
      'ContentMgmt/InputProxy/channels': `<InputProxyChannelList size="4">${proxied(1, 'Yard')}${proxied(4, '')}</InputProxyChannelList>`,
      'Streaming/channels': `<StreamingChannelList>${stream(101, h264)}${stream(201, h264)}${stream(301, h264)}${stream(401, '<videoCodecType>MPEG4</videoCodecType>', '<Audio><enabled>true</enabled><audioCompressionType>AAC</audioCompressionType></Audio>')}${stream(402, '')}</StreamingChannelList>`,
    })
    expect(found).toEqual({
      model: 'DS-7204',
      serialNumber: 'S1',
      firmwareVersion: 'V4.1',
      deviceType: 'DVR',
      macAddress: 'aa:bb:cc:dd:ee:ff',
      name: 'Hall',
      channels: [
        {
          id: 1,
          name: 'Door',
          streams: [
            { id: 101, codec: 'h264', width: 960, height: 576, frameRate: 12.5, bitrateKbps: 1024, audioCodec: null },
          ],
        },
        { id: 3, name: 'Yard', streams: [expect.objectContaining({ id: 301 })] },
        {
          id: 4,
          name: 'Stream 401',
          streams: [
            {
              id: 401,
              codec: 'MPEG4',
              width: null,
              height: null,
              frameRate: null,
              bitrateKbps: null,
              audioCodec: 'AAC',
            },
          ],
        },
      ],
    })
  })

  it('counts the channels by their streams when the device lists no inputs', async () => {
    const found = await probe({
      'System/deviceInfo': info,
      'Streaming/channels': `<StreamingChannelList>${stream(101, h264)}${stream(102, h264)}${stream(1701, h264)}</StreamingChannelList>`,
    })
    expect(found.channels.map(({ id, name, streams }) => [id, name, streams.length])).toEqual([
      [1, 'Stream 101', 2],
      [17, 'Stream 1701', 1],
    ])
  })

  it('describes a device that tells nothing but its name', async () => {
    expect((await probe({ 'System/deviceInfo': info })).channels).toEqual([])
  })

  it('fails as a whole when the link does, or the device is busy', async () => {
    await using server = await openRawServer((socket, text) => {
      if (text.includes('deviceInfo')) socket.write(answer(200, info))
      else socket.write(answer(503, said(2, 'deviceBusy')))
    })
    const address = `127.0.0.1:${server.port}`
    await expect(probeDevice(address, credentials, { clock: testClock() })).rejects.toMatchObject({ retry: 'later' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(probeDevice(address, credentials, { clock: testClock(), signal })).rejects.toThrow('enough')
  })
})

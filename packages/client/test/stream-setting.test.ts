// SPDX-License-Identifier: Apache-2.0
/** Streams are changed within what the device allows, and read back. */
import { streamResource } from '@openhmp/protocol/isapi'
import { describe, expect, it } from 'vitest'
import { changeStream, readResource, readStreamCapabilities } from '../src/index.ts'
import { complaintsOf, openEmulated, profileNames } from './emulated.ts'

describe.each(profileNames)('the streams of %s', (profile) => {
  it('tell what they may be', async () => {
    await using set = await openEmulated(profile)
    const can = await readStreamCapabilities(set.isapi, 102)
    expect(can).toMatchObject({
      codecs: ['h264', 'mjpeg'],
      sizes: [
        { width: 1280, height: 720 },
        { width: 640, height: 360 },
      ],
      bitrateModes: ['CBR', 'VBR'],
      bitrateKbps: { min: 32, max: 16_384 },
      gop: { min: 1, max: 400 },
      profiles: ['Baseline', 'Main', 'High'],
      audioCodecs: ['pcma'],
      hasAudio: true,
    })
    expect(can!.frameRates).toContain(5)
  })

  it('are changed in each of their settings, and read back', async () => {
    await using set = await openEmulated(profile)
    const change = {
      width: 1280,
      height: 720,
      frameRate: 5,
      bitrateMode: 'CBR',
      bitrateKbps: 512,
      profile: 'High',
      isAudioEnabled: false,
    } as const
    const { isAsTold, after, before } = await changeStream(set.door, 102, change)
    expect(before).toMatchObject({ width: 640, bitrateMode: 'VBR', isAudioEnabled: true, audioCodec: 'pcma' })
    expect({ isAsTold, after }).toMatchObject({ isAsTold: true, after: change })
    expect(await readResource(set.isapi, streamResource(102))).toEqual(after)
    const shown = set.emulator.device(0).stream(102)! // it is so, too
    expect(shown.video.dimensions).toEqual({ width: 1280, height: 720 })
    expect(shown.audio).toBeUndefined()
    expect(set.emulator.device(0).stream(101)!.audio).toBeDefined()
    expect(complaintsOf(set.written)).toEqual([])
  })

  it('change their codec, and play it', async () => {
    await using set = await openEmulated(profile)
    const shown = () => set.emulator.device(0).stream(102)!.video
    const { isAsTold, after } = await changeStream(set.door, 102, { codec: 'mjpeg' })
    expect({ isAsTold, after }).toMatchObject({ isAsTold: true, after: { codec: 'mjpeg', width: 640, height: 360 } })
    expect([shown().codec, shown().dimensions?.width]).toEqual(['mjpeg', 640])
    await expect(changeStream(set.door, 102, { width: 1280, height: 720 })).rejects.toThrow('allowed: 640x360')
    await changeStream(set.door, 102, { codec: 'h264' })
    expect(shown().codec).toBe('h264')
    await changeStream(set.door, 102, { width: 1280, height: 720 })
    const tooLarge = changeStream(set.door, 102, { codec: 'mjpeg' })
    await expect(tooLarge).rejects.toMatchObject({ code: 'isapi.badParameters' })
    expect((await changeStream(set.door, 102, { codec: 'mjpeg', width: 640, height: 360 })).isAsTold).toBe(true)
  })

  it('tell what the device rounds and what it ignores', async () => {
    await using set = await openEmulated(profile)
    const { differences } = await changeStream(set.door, 101, { bitrateKbps: 1000, gop: 300 })
    expect(differences).toEqual(
      {
        'ipc-5.7': [],
        'ipc-5.5': [{ place: 'Video/vbrUpperCap', told: '1000', is: '960' }],
        'ipc-5.2': [{ place: 'Video/GovLength', told: '300', is: expect.any(String) }],
        ptz: [{ place: 'Video/GovLength', told: '300', is: '250' }],
        'nvr-4': [],
        'ipc-5.8': [],
      }[profile],
    )
  })

  it.each([
    [{ codec: 'h265' }, 'codec h265 is not allowed here; allowed: h264'],
    [{ width: 1920, height: 1080 }, 'size 1920x1080 is not allowed here; allowed: 1280x720, 640x360'],
    [{ width: 1280, height: 360 }, 'size 1280x360'],
    [{ frameRate: 7 }, 'rate 7 is not allowed here; allowed: 1, 2, 4, 5'],
    [{ bitrateKbps: 20_000 }, 'bitrate 20000 is not allowed here; allowed: 32 to 16384'],
    [{ gop: 0 }, 'key picture interval 0'],
    [{ profile: 'Extended' }, 'allowed: Baseline, Main, High'],
    [{ audioCodec: 'pcmu' }, 'sound pcmu is not allowed here; allowed: pcma'],
  ] as const)('refuse %j before it is sent', async (change, text) => {
    await using set = await openEmulated(profile)
    const refused = await changeStream(set.door, 102, change).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'setting.range', message: expect.stringContaining(text) })
    expect(set.written).toEqual([])
  })
})

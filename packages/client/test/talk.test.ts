// SPDX-License-Identifier: Apache-2.0
/** Speaking through a device. */
import { profiles } from '@openhmp/emulator'
import { twoWayAudioResource } from '@openhmp/protocol/isapi'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { changeResource, openTalk, readTalkChannels } from '../src/index.ts'
import { openEmulated, profileNames } from './emulated.ts'

const clock = realClock()
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await clock.sleep(5)
}
const speaking = profileNames.filter((name) => profiles[name].media.talkChannels > 0)

describe.each(speaking)('the loudspeaker of %s', (profile) => {
  const codec = profiles[profile].media.talkCodec === 'G.711alaw' ? 'pcma' : 'pcmu'

  it('takes sound, every byte of it, in the time that it lasts', async () => {
    await using set = await openEmulated(profile)
    const device = set.emulator.device(0)
    {
      await using talk = await openTalk(set.isapi, 1, { clock })
      expect(talk.codec).toBe(codec)
      expect((await readTalkChannels(set.isapi))[0]!.isEnabled).toBe(true)
      const from = performance.now()
      await talk.play(new Uint8Array(1600).fill(0xd5))
      await talk.play(new Uint8Array(100).fill(71)) // looks like the beginning of a request
      expect(performance.now() - from).toBeGreaterThan(180)
      await until(() => device.heardBytes === 1700)
    }
    await until(() => device.heardBytes === 1700)
    expect((await readTalkChannels(set.isapi))[0]!.isEnabled).toBe(false)
  })

  it('is opened although somebody left it open, who then is heard no more', async () => {
    await using set = await openEmulated(profile)
    await using former = await openTalk(set.isapi, 1, { clock })
    await using talk = await openTalk(set.isapi, 1, { clock })
    await talk.play(new Uint8Array(160))
    await until(() => set.emulator.device(0).heardBytes === 160)
    if (!profiles[profile].media.hasTalkSessions) return
    await expect(former.play(new Uint8Array(8000))).rejects.toMatchObject({ code: 'link.reset' })
  })

  it('has a law and a volume', async () => {
    await using set = await openEmulated(profile)
    const change = { codec: codec === 'pcma' ? 'pcmu' : 'pcma', volume: 80 } as const
    expect(await changeResource(set.door, twoWayAudioResource(1), change)).toMatchObject({
      isAsTold: true,
      after: change,
    })
    await using talk = await openTalk(set.isapi, 1, { clock })
    expect(talk.codec).toBe(change.codec)
  })

  it('is left when the speaker has had enough', async () => {
    await using set = await openEmulated(profile)
    await using talk = await openTalk(set.isapi, 1, { clock })
    const stop = new AbortController()
    const playing = talk.play(new Uint8Array(80_000), { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(playing).rejects.toThrow('enough')
  })
})

describe('speaking', () => {
  it('is refused where there is no loudspeaker, or not this one', async () => {
    await using silent = await openEmulated('ipc-5.5')
    await expect(openTalk(silent.isapi, 1, { clock })).rejects.toMatchObject({ code: 'isapi.not-supported' })
    await using set = await openEmulated('ipc-5.7')
    await expect(openTalk(set.isapi, 2, { clock })).rejects.toThrow('no audio channel 2')
    await expect(set.isapi.hold('/ISAPI/System/TwoWayAudio/channels/1/audioData')).rejects.toMatchObject({
      code: 'isapi.invalidOperation', // nobody opened it
    })
  })
})

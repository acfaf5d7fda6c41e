// SPDX-License-Identifier: Apache-2.0
/** A device for tests: a clip of four seconds in which somebody walks for one, and a clock that the test moves. */

import { VirtualClock } from '../../../tools/testing/virtual-clock.ts'
import { EmulatedDevice } from '../src/device/device.ts'
import { parseFaults } from '../src/device/fault.ts'
import { identityOf } from '../src/device/identity.ts'
import { type Profile, type ProfileName, profiles } from '../src/device/profile.ts'
import { type Clip, ClipTrack } from '../src/media/clip.ts'
import { LiveCamera } from '../src/media/live.ts'
import { Pacer } from '../src/media/pacer.ts'

const video = new ClipTrack({
  codec: 'h264',
  loopTicks: 360_000,
  dimensions: { width: 1280, height: 720 },
  units: Array.from({ length: 40 }, (_, i) => ({
    ticks: i * 9000,
    isKey: i % 10 === 0,
    data: [Uint8Array.of(0x65, i)],
  })),
})
const sound = new ClipTrack({
  codec: 'pcma',
  loopTicks: 32_000,
  units: Array.from({ length: 100 }, (_, i) => ({ ticks: i * 320, isKey: true, data: [new Uint8Array(320)] })),
})
const clip: Clip = {
  name: 'test',
  title: 'Front & back',
  loopMs: 4000,
  main: video,
  sub: video,
  audio: { pcma: sound },
  pictures: [0, 1000, 2000, 3000].map((fromMs) => ({ fromMs, jpeg: Uint8Array.of(0xff, 0xd8, 0xff, fromMs / 1000) })),
  motions: [{ fromMs: 500, toMs: 2500, target: 'human', path: [[500, 0.1, 0.2, 0.3, 0.4]] }],
}

/** A device of that profile with its clock. `channels` for recorders; `wall` to run on another clock. */
export function testDevice(
  name: ProfileName = 'ipc-5.7',
  options: { fault?: string; channels?: number; offline?: number; isActivated?: boolean } = {},
) {
  const profile: Profile = profiles[name]
  const clock = new VirtualClock()
  const pacer = new Pacer(clock)
  const isRecorder = profile.kind === 'recorder'
  const channels = Array.from({ length: isRecorder ? (options.channels ?? 2) : 1 }, (_, i) => ({
    channel: i + 1,
    defaultName: clip.title,
    camera: new LiveCamera({ clip, pacer, law: 'pcma', random: () => 1 }),
    source: isRecorder
      ? { ipAddress: '192.0.2.1', model: 'X', serialNumber: `X${i}`, isOnline: options.offline !== i + 1 }
      : undefined,
  }))
  const device = new EmulatedDevice({
    identity: identityOf({ index: 0, unique: 1, name: 'Test', profile }),
    profile,
    channels,
    faults: parseFaults(options.fault)(0),
    user: 'admin',
    password: 'secret12',
    ...(options.isActivated === undefined ? {} : { isActivated: options.isActivated }),
    pacer,
  })
  device.setAddress({ ipAddress: '192.0.2.9', httpPort: 80, rtspPort: 554 })
  return { device, clock, pacer }
}

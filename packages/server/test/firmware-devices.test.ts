// SPDX-License-Identifier: Apache-2.0
/** The firmware job on emulated devices of each kind, and on such that go wrong: what is said is what happened. */
import { IsapiClient } from '@openhmp/client'
import { type ProfileName, profiles, startEmulator, writeFirmware } from '@openhmp/emulator'
import { type Clock, HmpError } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { FirmwareJob, type FirmwareMemo } from '../src/firmware/firmware-job.ts'
import type { JobTarget } from '../src/job/kind.ts'

const VERSION = 'V9.9.1'
const PASSWORD = 'a device pw 7'
/** Seconds of the job pass so much faster than those of the network. */
const HURRY = 100

const real = realClock()
const clock: Clock = {
  now: () => real.now(),
  monotonic: () => real.monotonic() * HURRY,
  sleep: (ms, options) => real.sleep(ms / HURRY, options),
}

/** Runs the job on a new device of that kind. */
const flash = async (profile: ProfileName, fault: string) => {
  const isRecorder = profiles[profile].kind === 'recorder'
  await using emulator = await startEmulator({
    ...{ cameras: isRecorder ? 0 : 1, recorders: isRecorder ? 1 : 0, httpPort: 0, rtspPort: 0 },
    ...{ user: 'admin', password: PASSWORD, profile, clock: real },
    fault: `flash=200ms,reboot=200ms${fault && `,${fault}`}`,
  })
  const device = emulator.device(0)
  const address = emulator.devices[0]!.httpUrl
  await using door = new IsapiClient({ address, credentials: { username: 'admin', password: PASSWORD }, clock: real })
  const { model } = profiles[profile]
  const facts = { models: [model], version: VERSION, releasedDate: 'build 261101', language: 'EN', sizeBytes: 300_000 }
  const pieces = [...writeFirmware(facts)]
  const job = new FirmwareJob({
    clock,
    image: async (id) => ({
      ...{ id, version: VERSION, models: [model] },
      sizeBytes: pieces.reduce((sum, piece) => sum + piece.length, 0),
      async *open() {
        yield* pieces
      },
    }),
    expectAbsence: () => {},
    reboot: (_id, signal) => door.reboot({ signal }),
    isAlive: async (_id, signal) => (await door.deviceInfo({ signal })).model === model,
  })
  const target = { known: { id: 'd' }, door } as unknown as JobTarget
  const task = { signal: AbortSignal.timeout(60_000), memo: undefined as FirmwareMemo | undefined }
  const rest = { remember: async () => {}, progress: () => {}, log: () => {} }
  const end = await job.run(target, { firmware: 'i' }, { ...task, ...rest }).then(
    ({ version }) => version,
    (error: unknown) => (error instanceof HmpError ? error.code : String(error)),
  )
  const { version } = device.flash.firmware
  return { end, version, flashes: device.flashes, reboots: device.reboots }
}

describe('firmware onto emulated devices', () => {
  it.each(Object.keys(profiles) as ProfileName[])('%s shows the new version after one flash', async (profile) => {
    expect(await flash(profile, '')).toEqual({ end: VERSION, version: VERSION, flashes: 1, reboots: 1 })
  })

  it.each([
    ['flash-refused', 'isapi.badFlash', 0],
    ['flash-fails', 'firmware.unclear', 1],
    ['flash-dud', 'firmware.unclear', 1],
    ['flash-dead', 'firmware.away', 1],
  ])('%s ends with %s, flashed %i times', async (fault, end, flashes) => {
    const told = await flash('ipc-5.7', fault)
    expect(told).toMatchObject({ end, version: profiles['ipc-5.7'].firmwareVersion, flashes })
  })
})

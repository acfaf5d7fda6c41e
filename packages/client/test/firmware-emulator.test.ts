// SPDX-License-Identifier: Apache-2.0
/** Firmware from our client onto our devices, over real sockets: sent, written, rebooted into, read back. */
import { type Emulator, type ProfileName, profiles, startEmulator, writeFirmware } from '@openhmp/emulator'
import { afterEach, describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { readUpgradeStatus, uploadFirmware } from '../src/isapi/firmware.ts'
import { IsapiClient } from '../src/isapi/isapi-client.ts'

const SIZE = 3_000_000
/** More than the kernel takes on its own. */
const LARGE = 24_000_000
let emulator: Emulator | undefined
let client: IsapiClient | undefined
afterEach(async () => {
  await client?.[Symbol.asyncDispose]()
  await emulator?.[Symbol.asyncDispose]()
})

const start = async (profile: ProfileName, fault: string) => {
  const clock = realClock()
  const isRecorder = profiles[profile].kind === 'recorder'
  emulator = await startEmulator({
    cameras: isRecorder ? 0 : 1,
    recorders: isRecorder ? 1 : 0,
    httpPort: 0,
    rtspPort: 0,
    user: 'admin',
    password: 'secret12',
    profile,
    fault,
    clock,
  })
  const address = emulator.devices[0]!.httpUrl
  client = new IsapiClient({ address, credentials: { username: 'admin', password: 'secret12' }, clock })
  return { client, device: emulator.device(0) }
}

/** An image whose bytes are counted as they are asked for. */
const imageFor = (profile: ProfileName, sizeBytes = SIZE) => {
  const facts = { models: [profiles[profile].model], version: 'V9.9.1', releasedDate: 'build 261101', language: 'EN' }
  const pieces = [...writeFirmware({ ...facts, sizeBytes })]
  return {
    sizeBytes: pieces.reduce((sum, piece) => sum + piece.length, 0),
    async *open() {
      yield* pieces
    },
  }
}

describe('firmware over the wire', () => {
  it.each(Object.keys(profiles) as ProfileName[])('%s: sent, written, read back', async (profile) => {
    const { client, device } = await start(profile, 'flash=300ms,reboot=200ms')
    expect(await uploadFirmware(client, imageFor(profile))).toBe('taken')
    const { hasStatus, isRebooting } = profiles[profile].upgrade
    expect((await readUpgradeStatus(client)).isUpgrading).toBe(hasStatus)
    if (!isRebooting) {
      await expect.poll(() => device.flash.isUpgrading).toBe(false)
      await client.reboot()
    }
    await expect.poll(() => device.reboots, { timeout: 5000 }).toBe(1)
    await expect
      .poll(() => client.deviceInfo().then((told) => told.firmwareVersion, String), { timeout: 5000 })
      .toBe('V9.9.1')
    expect(device.flashes).toBe(1)
  })

  it('an upload that breaks off leaves the old version, and the next one is taken', async () => {
    const { client, device } = await start('ipc-5.7', 'flash=100ms,reboot=100ms')
    const image = imageFor('ipc-5.7')
    const cut = {
      ...image,
      async *open() {
        for await (const piece of image.open()) {
          yield piece
          if (piece.length > 10_000) throw new Error('gone')
        }
      },
    }
    await expect(uploadFirmware(client, cut)).rejects.toThrow('gone')
    await expect.poll(() => device.flash.isReceiving).toBe(false)
    expect(device.flashes).toBe(0)
    expect((await client.deviceInfo()).firmwareVersion).toBe('V5.7.17')
    expect(await uploadFirmware(client, image)).toBe('taken')
  })

  it('a slow device sets the pace', async () => {
    const { client, device } = await start('ipc-5.7', 'upload-rate=30000,flash=0s,reboot=0s')
    const image = imageFor('ipc-5.7', LARGE)
    const sent: [ms: number, bytes: number][] = []
    const fromMs = performance.now()
    const onProgress = (bytes: number) => void sent.push([performance.now() - fromMs, bytes])
    expect(await uploadFirmware(client, { ...image, onProgress })).toBe('taken')
    expect(sent.at(-1)![0]).toBeGreaterThan(200) // 800, less what the kernel takes
    expect(sent.at(-1)![1]).toBe(image.sizeBytes)
    expect(device.flashes).toBe(1)
  })

  it('a line that breaks once is told, and the second upload is taken', async () => {
    const { client, device } = await start('ipc-5.7', 'upload-cut=500')
    await expect(uploadFirmware(client, imageFor('ipc-5.7', LARGE))).rejects.toMatchObject({ code: 'link.reset' })
    expect(device.flashes).toBe(0)
    expect(await uploadFirmware(client, imageFor('ipc-5.7'))).toBe('taken')
  })

  it('the wrong model is refused by name', async () => {
    const { client, device } = await start('ipc-5.7', '')
    await expect(uploadFirmware(client, imageFor('ptz'))).rejects.toMatchObject({ code: 'isapi.badDevType' })
    expect(device.flashes).toBe(0)
  })
})

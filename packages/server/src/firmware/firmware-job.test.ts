// SPDX-License-Identifier: Apache-2.0
import { doorOver, type IsapiDoor } from '@openhmp/client'
import { type Clock, HmpError, LinkError, utf8 } from '@openhmp/protocol/base'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JobTarget } from '../job/kind.ts'
import { FirmwareJob, type FirmwareMemo, isVersion } from './firmware-job.ts'

const OLD = 'V1.0.0 build 250101'
const NEW = 'V2.0.0'
const PIECES = 5

type Fault = 'none' | 'no-answer' | 'cut' | 'refused' | 'dud' | 'waits-for-restart' | 'never-back' | 'other-model'

/** Time that passes by being waited for. */
const makeClock = (check: () => void): Clock & { ms: number } => {
  const clock = {
    ms: 0,
    now: () => clock.ms,
    monotonic: () => clock.ms,
    sleep: async (ms: number) => {
      check()
      clock.ms += ms
      await Promise.resolve()
      check()
    },
  }
  return clock
}

/** A device that flashes, and a server that is killed at chosen steps and started again. */
const world = (
  fault: Fault,
  kills: readonly { readonly after: number; readonly isDone: boolean; readonly downMs: number }[],
) => {
  let isDead = false
  let steps = 0
  let runs = 0
  const check = () => {
    if (isDead) throw new Error('killed')
  }
  const clock = makeClock(check)
  /** One effect on the world. The server may die right before it, or right after. */
  const step = async <T>(effect: () => T): Promise<T> => {
    check()
    const kill = kills[runs - 1]
    const isLast = kill !== undefined && ++steps > kill.after
    if (isLast && !kill.isDone) isDead = true
    check()
    const made = effect()
    await Promise.resolve()
    if (isLast) isDead = true
    check()
    return made
  }

  const device = { flashes: 0, reboots: 0, uploads: 0, version: OLD, upgradingTo: -1, awayTo: -1, isReady: false }
  const tick = () => {
    if (device.upgradingTo >= 0 && clock.ms >= device.upgradingTo) {
      device.upgradingTo = -1
      device.isReady = fault !== 'dud'
      if (fault !== 'waits-for-restart') restart()
    }
  }
  const restart = () => {
    device.awayTo = fault === 'never-back' ? Number.POSITIVE_INFINITY : clock.ms + 40_000
    if (device.isReady) device.version = `${NEW} build 260101`
    device.isReady = false
  }
  const away = () => new LinkError('link.refused', 'away', { address: 'x' })
  const ask = (path: string): string => {
    tick()
    if (clock.ms < device.awayTo) throw away()
    if (path === '/ISAPI/System/upgradeStatus')
      return `<upgradeStatus><upgrading>${device.upgradingTo >= 0}</upgrading><percent>40</percent></upgradeStatus>`
    const model = fault === 'other-model' ? 'B' : 'A'
    return `<DeviceInfo><model>${model}</model><firmwareVersion>${device.version}</firmwareVersion></DeviceInfo>`
  }
  const xml = (text: string) => ({ status: 200, contentType: 'application/xml', bytes: utf8(text) })
  const door: IsapiDoor = {
    ...doorOver('x', async ({ path }) => xml(await step(() => ask(path)))),
    upload: async (_path, body) => {
      await step(() => ask('/ISAPI/System/deviceInfo'))
      device.uploads++
      let got = 0
      for await (const piece of body.open()) {
        await step(() => {
          got += piece.length
          if (fault === 'cut' && device.uploads === 1 && got === 3) throw away()
          if (got < body.sizeBytes || fault === 'refused') return
          device.flashes++
          device.upgradingTo = clock.ms + 60_000
        })
        body.onProgress?.(got)
      }
      if (fault === 'no-answer') throw away()
      const said = fault === 'refused' ? 'badDevType' : 'ok'
      return xml(
        `<ResponseStatus><statusCode>${said === 'ok' ? 1 : 6}</statusCode><subStatusCode>${said}</subStatusCode></ResponseStatus>`,
      )
    },
  }
  const job = new FirmwareJob({
    clock,
    image: async () => ({
      ...{ id: 'i', version: NEW, models: ['A'], sizeBytes: PIECES },
      async *open() {
        for (let i = 0; i < PIECES; i++) yield new Uint8Array(1)
      },
    }),
    expectAbsence: () => {},
    reboot: async () =>
      step(() => {
        device.reboots++
        restart()
      }),
    isAlive: async () => step(() => clock.ms >= device.awayTo),
  })
  let disk: FirmwareMemo | undefined
  const run = async (): Promise<string> => {
    for (;;) {
      runs++
      steps = 0
      isDead = false
      try {
        const target = { known: { id: 'd' }, door } as unknown as JobTarget
        await job.run(
          target,
          { firmware: 'i' },
          {
            signal: new AbortController().signal,
            memo: disk,
            remember: (memo) =>
              step(() => {
                disk = memo
              }),
            progress: () => {},
            log: () => {},
          },
        )
        return 'done'
      } catch (error) {
        if (!isDead) return error instanceof HmpError ? error.code : String(error)
        clock.ms += kills[runs - 1]?.downMs ?? 0
      }
    }
  }
  return { device, run }
}

describe('firmware on one device', () => {
  it.each<[Fault, string, number]>([
    ['none', 'done', 1],
    ['waits-for-restart', 'done', 1],
    ['no-answer', 'done', 1],
    ['cut', 'done', 1],
    ['refused', 'isapi.badDevType', 0],
    ['dud', 'firmware.unclear', 1],
    ['never-back', 'firmware.away', 1],
    ['other-model', 'firmware.model', 0],
  ])('%s: ends as %s, flashed %i times', async (fault, end, flashes) => {
    const { device, run } = world(fault, [])
    expect(await run()).toBe(end)
    expect(device.flashes).toBe(flashes)
    if (end === 'done') expect(isVersion(device.version, NEW)).toBe(true)
  })

  it('is skipped where the version is there', async () => {
    const { device, run } = world('none', [])
    device.version = `${NEW} build 260101`
    expect(await run()).toBe('firmware.same')
    expect(device.uploads).toBe(0)
  })

  it('never flashes twice and always ends, wherever the server dies', async () => {
    const kill = fc.record({
      after: fc.nat(30),
      isDone: fc.boolean(),
      downMs: fc.constantFrom(0, 20_000, 70_000, 200_000),
    })
    const fault = fc.constantFrom<Fault>(
      'none',
      'no-answer',
      'cut',
      'refused',
      'dud',
      'waits-for-restart',
      'never-back',
    )
    await fc.assert(
      fc.asyncProperty(fault, fc.array(kill, { maxLength: 10 }), async (what, kills) => {
        const { device, run } = world(what, kills)
        const end = await run()
        expect(device.flashes).toBeLessThanOrEqual(1)
        expect(device.reboots).toBeLessThanOrEqual(1)
        const isNew = isVersion(device.version, NEW)
        if (end === 'done') expect(isNew).toBe(true)
        else expect(['firmware.unclear', 'firmware.away', 'isapi.badDevType']).toContain(end)
        // Nothing that was whole there and works is called a failure.
        if (isNew && what !== 'never-back') expect(end).toBe('done')
      }),
      { numRuns: 500 },
    )
  })

  it('sends again what was never whole there', async () => {
    // info, status, remember, deviceInfo, then pieces: the server dies after the second.
    const { device, run } = world('none', [{ after: 5, isDone: true, downMs: 0 }])
    expect(await run()).toBe('done')
    expect(device).toMatchObject({ uploads: 2, flashes: 1 })
  })
})

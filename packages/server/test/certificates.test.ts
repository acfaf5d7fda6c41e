// SPDX-License-Identifier: Apache-2.0
/** Certificates of our authority for devices of every firmware. */
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Device, DeviceCertificate, Job, JobDevice } from '@openhmp/contract'
import { type Emulator, startEmulator } from '@openhmp/emulator'
import { Defect } from '@openhmp/protocol/base'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { CertificateJob, type CertificateMemo } from '../src/account/certificate-job.ts'
import { Fleet } from '../src/fleet/fleet.ts'
import { IsapiGear } from '../src/fleet/isapi-gear.ts'
import { loadAuthority } from '../src/front/authority.ts'
import { Sealer } from '../src/secret/sealer.ts'
import { Store } from '../src/store/store.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

const PASSWORD = 'Present-1'
const clock = realClock()
const emulate = (cameras: number, recorders: number): Promise<Emulator> =>
  startEmulator({
    ...{ cameras, recorders, httpPort: 0, rtspPort: 0, httpsPort: 0, user: 'admin', password: PASSWORD },
    ...{ profile: 'mixed', clock },
  })

describe('certificates of our authority', () => {
  it('are put into devices, shown, and pinned', { timeout: 60_000 }, async () => {
    await using emulator = await emulate(4, 1)
    using place = makePlace()
    await using house = await openHouse(place)
    const ids: string[] = []
    for (const [i, { httpUrl, httpsUrl }] of emulator.devices.entries()) {
      const address = i === 0 ? httpsUrl! : httpUrl
      ids.push((await house.add({ kind: 'isapi', address, userName: 'admin', password: PASSWORD })).device.id)
    }
    const renew = async (more: object) => {
      const { id } = (await house.call<Job>('POST', '/certificates/renew', { devices: ids, ...more })).body
      await until(async () => (await house.call<Job>('GET', `/jobs/${id}`)).body.endedAt !== null, 30_000)
      return (await house.call<{ devices: JobDevice[] }>('GET', `/jobs/${id}/devices`)).body.devices
    }
    const isOld = (i: number) => !emulator.device(i).profile.hasCertificateRequest
    const expected = (told: readonly JobDevice[]) =>
      expect(told.map(({ state, errorCode }) => [state, errorCode])).toEqual(
        ids.map((_, i) => (isOld(i) ? ['skipped', 'certificate.unsupported'] : ['done', null])),
      )
    expected(await renew({}))
    for (const [i, id] of ids.entries()) {
      const { address } = await awaitState(house, id, 'online')
      expect(address.startsWith('https:')).toBe(i === 0) // not moved unless told
    }
    expected(await renew({ moveToHttps: true }))
    const authority = new X509Certificate(house.server.caPem)
    for (const [i, id] of ids.entries()) {
      const device: Device = await awaitState(house, id, 'online')
      if (isOld(i)) {
        expect(device.address).toMatch(/^http:/)
        continue
      }
      expect(device.address).toBe(`${emulator.devices[i]!.httpsUrl}`)
      const { body } = await house.call<DeviceCertificate>('GET', `/devices/${id}/certificate`)
      expect(body.shown).toBe(body.pinned)
      const leaf = new X509Certificate(emulator.device(i).certificate.credentials.certificate)
      expect(leaf.verify(authority.publicKey)).toBe(true)
      expect(leaf.subjectAltName).toBe('IP Address:127.0.0.1')
      expect(leaf.ca).toBe(false)
    }
    expect(house.errors).toEqual([])
  })

  it('of a run that was cut off are found again, not made again', { timeout: 60_000 }, async () => {
    await using emulator = await emulate(1, 0)
    const dataDir = mkdtempSync(join(tmpdir(), 'hmp-certificates-'))
    try {
      await using store = await Store.open({ dataDir, now: () => clock.now(), onCrash: () => {} })
      const authority = await loadAuthority({ dataDir, nowMs: clock.now() })
      const nothing = async () => {}
      await using fleet = await Fleet.open({
        ...{ store, sealer: new Sealer(new Uint8Array(32)), clock, allowLoopback: true, caFingerprint: '' },
        makeGear: (device) => new IsapiGear(device, { clock, random: Math.random, allowLoopback: true }),
        ...{ publish: () => {}, onEvent: nothing, onEventsLost: nothing, onHearing: nothing, onGone: nothing },
        onError: () => {},
      })
      const address = emulator.devices[0]!.httpsUrl!
      const wish = { kind: 'isapi', address, userName: 'admin', password: PASSWORD } as const
      const { id } = (await fleet.add(wish, { isDemo: false })).device
      let deaths = 1
      const job = new CertificateJob({
        ...{ authority, clock, allowLoopback: true, onChanged: nothing },
        fleet: {
          settled: (device, signal) => fleet.settled(device, signal),
          changing: (device, work) =>
            fleet.changing(device, (change) =>
              work({
                known: change.known,
                open: (as) => change.open(as),
                keep: async (some) => {
                  if (deaths-- > 0) throw new Defect('killed')
                  return change.keep(some)
                },
              }),
            ),
        },
      })
      let memo: CertificateMemo | undefined
      const run = () =>
        job.run(
          fleet.jobTarget(id)!,
          { moveToHttps: true },
          {
            ...{ memo, signal: new AbortController().signal, progress: () => {}, log: () => {} },
            remember: async (next) => {
              memo = next
            },
          },
        )
      await expect(run()).rejects.toThrow('killed')
      const { fingerprint } = memo!
      expect(fleet.known(id).options.certificate).not.toBe(fingerprint)
      expect(await run()).toMatchObject({ fingerprint, address })
      expect(fleet.known(id).options.certificate).toBe(fingerprint)

      // And what a job that is gone put in is no riddle to the next one.
      deaths = 1
      memo = undefined
      await expect(run()).rejects.toThrow('killed')
      memo = undefined
      const { fingerprint: third } = await run()
      expect(fleet.known(id).options.certificate).toBe(third)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})

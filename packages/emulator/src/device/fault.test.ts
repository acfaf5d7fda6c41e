// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FaultSpecError, MAX_FAULT_SPEC, noFaults, parseFaults } from './fault.ts'

const rows = [
  ['', {}],
  ['drop=1%', { drop: 0.01 }],
  ['drop=0.5%,split=1', { drop: 0.005, splitBytes: 1 }],
  ['slow=200ms', { slowMs: 200 }],
  ['events=subscription', { eventWay: 'subscription' }],
  ['no-alerts@10s+5s', { alertPauses: [{ atMs: 10_000, forMs: 5000 }], outages: [] }],
  ['offline@10s+5s', { outages: [{ atMs: 10_000, forMs: 5000 }] }],
  ['offline@1s+1s, offline@5s+500ms', { outages: [{ atMs: 1000, forMs: 1000 }, { atMs: 5000, forMs: 500 }] }], // biome-ignore format: one row a line
  ['rtsp-503', { rtspStatus: 503 }],
  ['nonsense', { isNonsense: true }],
  ['half-open', { isHalfOpen: true }],
  ['wrong-length,lock', { isWrongLength: true, isLocked: true }],
  ['reboot=2s,drift=2m', { rebootMs: 2000, driftMs: 120_000 }],
  ['flash=20s,flash-dud', { flashMs: 20_000, flashEnd: 'dud' }],
  ['drift-rate=2s/h', { driftRate: 2000 / 3_600_000 }],
  ['drift-rate=1s/10s', { driftRate: 0.1 }],
  ['rtsp-sessions=1,alert-streams=0', { rtspSessions: 1, alertStreams: 0 }],
  ['upload-rate=200,upload-cut=500', { uploadBytesPerSecond: 200_000, uploadCutBytes: 500_000 }],
  ['drift=-2h,drift-rate=-1s/m', { driftMs: -7_200_000, driftRate: -1 / 60 }],
  ['not-activated', { isNotActivated: true }],
  ['old-certificate', { hasOldCertificate: true }],
  ['evil-entities,mute', { evil: 'entities', isMute: true }],
  ['no-inactive,mute', { isWithoutInactive: true, isMute: true }],
] as const

const refused = ['evil', 'evil-', 'evil-x', 'evil-toString', 'evil-rtsp,evil-sdp', 'events=post', 'drift=--1s', 'reboot=-1s', 'upload-rate=0', 'upload-cut=1k', 'rtsp-sessions=x', 'alert-streams=-1', 'drift-rate=2s', 'drift-rate=2s/0s', '5-3:lock', '1-2-3:lock', 'x:lock', '3:', '3:lock,1-5:lock', '12345:lock', 'flash', 'flash-x', 'flash-dud,flash-dead', 'drop', 'drop=1', 'drop=101%', 'drop=-1%', 'split=0', 'split=1.5', 'slow=5', 'offline@10s', 'offline', 'rtsp-200x', 'rtsp-99', 'lock=1', 'lock,lock', 'toString', 'drop=1%,,', 'x'.repeat(MAX_FAULT_SPEC + 1)] // biome-ignore format: a plain list

describe('fault specification', () => {
  it.each(rows)('reads "%s"', (spec, meaning) => {
    expect(parseFaults(spec)(0)).toEqual({ ...noFaults, ...meaning })
  })

  it.each(refused)('refuses "%s"', (spec) => {
    expect(() => parseFaults(spec)).toThrow(FaultSpecError)
  })

  it('is for one device, for some, or for all; the one comes before all', () => {
    const faults = parseFaults('3:reboot=60s,7-12:lock,reboot=2s,8:drop=1%')
    expect([0, 3, 7].map((index) => faults(index).rebootMs)).toEqual([2000, 60_000, 2000])
    expect([6, 7, 12, 13].map((index) => faults(index).isLocked)).toEqual([false, true, true, false])
    expect(faults(8)).toMatchObject({ isLocked: true, drop: 0.01 })
  })

  it('answers any text with faults or a FaultSpecError', () => {
    const examples = [...rows.map(([spec]) => [spec] as [string]), ...refused.map((spec) => [spec] as [string])]
    fc.assert(
      fc.property(fc.string(), (spec) => {
        try {
          parseFaults(spec)(0)
        } catch (error) {
          expect(error).toBeInstanceOf(FaultSpecError)
        }
      }),
      { examples },
    )
  })
})

// SPDX-License-Identifier: Apache-2.0
/** What makes a working device a bad one over time: its firmware, its clock, its disks. */
import { readClock, readDisks } from '../isapi/health.ts'
import { type Finding, good, wrong } from './finding.ts'
import { holesOf } from './known-vulnerable.ts'
import type { Look } from './patient.ts'
import { failedAs } from './way-in.ts'

/** Events of two cameras are told apart by seconds. */
export const MAX_CLOCK_OFFSET_MS = 5000

/** Known holes of this version. */
export const lookFirmware: Look = async ({ info }) => {
  const { model = '', firmwareVersion = '', firmwareReleasedDate = '' } = info ?? {}
  const holes = holesOf(model, firmwareVersion, firmwareReleasedDate)
  const advice = 'update the firmware; until then let nobody but the CMS reach the device'
  return {
    findings:
      holes.length === 0
        ? [good('firmware', `no hole of ${firmwareVersion} ${firmwareReleasedDate} is on our list`)]
        : holes.map(({ id, text, source }) =>
            wrong('firmware', 'warning', {
              code: `firmware.${id.toLowerCase()}`,
              text: `${id}: ${text} (${source})`,
              advice,
            }),
          ),
  }
}

/** How far the device's clock is from ours, and whether something keeps it right. */
export const lookClock: Look = async ({ isapi, clock, signal }) => {
  try {
    const { offsetMs, mode } = await readClock(isapi, { clock, signal })
    return { findings: [clockFinding(offsetMs, mode)] }
  } catch (error) {
    const advice = 'look at its time settings'
    return { findings: failedAs(signal, error, (code, text) => wrong('clock', 'warning', { code, text, advice })) }
  }
}

const clockFinding = (offsetMs: number | undefined, mode: string): Finding => {
  const set = 'set it to NTP: hmp device time ADDRESS --ntp HOST'
  if (offsetMs === undefined) return good('clock', `does not tell its time (${mode})`)
  if (Math.abs(offsetMs) > MAX_CLOCK_OFFSET_MS) {
    const far = `${Math.abs(offsetMs / 1000).toFixed(0)} s ${offsetMs < 0 ? 'behind' : 'ahead'}`
    const advice = mode === 'NTP' ? 'its NTP server is not reached: check it, and the time zone' : set
    return wrong('clock', 'warning', { code: 'clock.off', text: `its clock is ${far} (${mode})`, advice })
  }
  if (mode === 'NTP') return good('clock', 'is right, by NTP')
  return wrong('clock', 'warning', { code: 'clock.manual', text: 'nothing keeps its clock right', advice: set })
}

/** Every disk and share. */
export const lookStorage: Look = async ({ isapi, signal }) => {
  const none = good('storage', 'has no disk of its own')
  try {
    const findings = (await readDisks(isapi, { signal })).map(({ name, state, isGood, capacityMb }) => {
      if (isGood) return good('storage', `${name}: ok, ${sizeOf(capacityMb)}`)
      const advice = /unformatted/i.test(state) ? 'format it on the device' : 'replace it, or take it out of the device'
      return wrong('storage', 'bad', { code: 'storage.fault', text: `${name}: ${state}`, advice })
    })
    return { findings: findings.length > 0 ? findings : [none] }
  } catch (error) {
    return { findings: failedAs(signal, error, () => none) }
  }
}

const sizeOf = (megabytes: number | undefined): string => {
  if (megabytes === undefined) return 'size unknown'
  return megabytes >= 1e6 ? `${(megabytes / 1e6).toFixed(1)} TB` : `${(megabytes / 1e3).toFixed(0)} GB`
}

// SPDX-License-Identifier: Apache-2.0
/** What makes a working device a bad one over time: its firmware, its clock, its disks. */
import { childrenOf, find, numberAt, textAt } from '@openhmp/protocol/xml'
import { good, wrong } from './finding.ts'
import { holesOf } from './known-vulnerable.ts'
import type { Look } from './patient.ts'
import { failedAs } from './way-in.ts'

/** Events of two cameras are told apart by seconds. */
const MAX_OFFSET_MS = 5000

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
    const fromMs = clock.monotonic()
    const { timeMode, localTime } = await isapi.time({ signal })
    const tookMs = clock.monotonic() - fromMs
    const mode = timeMode.toUpperCase() === 'NTP' ? 'NTP' : timeMode
    const told = timeOf(localTime)
    if (told === undefined) return { findings: [good('clock', `does not tell its time (${mode})`)] }
    const offsetMs = told - (clock.now() - tookMs / 2)
    const far = `${Math.abs(offsetMs / 1000).toFixed(0)} s ${offsetMs < 0 ? 'behind' : 'ahead'}`
    if (Math.abs(offsetMs) > MAX_OFFSET_MS) {
      const advice =
        mode === 'NTP'
          ? 'its NTP server is not reached: check it, and the time zone'
          : 'set it to NTP: hmp device time ADDRESS --ntp HOST'
      return {
        findings: [wrong('clock', 'warning', { code: 'clock.off', text: `its clock is ${far} (${mode})`, advice })],
      }
    }
    if (mode !== 'NTP') {
      const advice = 'set it to NTP: hmp device time ADDRESS --ntp HOST'
      return {
        findings: [wrong('clock', 'warning', { code: 'clock.manual', text: 'nothing keeps its clock right', advice })],
      }
    }
    return { findings: [good('clock', 'is right, by NTP')] }
  } catch (error) {
    return {
      findings: failedAs(signal, error, (code, text) =>
        wrong('clock', 'warning', { code, text, advice: 'look at its time settings' }),
      ),
    }
  }
}

/**
 * Milliseconds since 1970; undefined for what is no time with an offset.
 *
 * Tolerates: offsets with an hour of one digit (`-6:00`).
 */
const timeOf = (text: string | undefined): number | undefined => {
  const whole = text?.replace(/([+-])(\d):(\d\d)$/, '$10$2:$3')
  const ms = whole !== undefined && /(Z|[+-]\d\d:?\d\d)$/.test(whole) ? Date.parse(whole) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

/** Every disk and share. */
export const lookStorage: Look = async ({ isapi, signal }) => {
  try {
    const root = await isapi.getXml('/ISAPI/ContentMgmt/Storage', { signal })
    const disks = [...childrenOf(find(root, 'hddList'), 'hdd'), ...childrenOf(find(root, 'nasList'), 'nas')]
    const findings = disks.map((disk) => {
      const name = textAt(disk, 'hddName') ?? textAt(disk, 'ipAddress') ?? `disk ${textAt(disk, 'id') ?? '?'}`
      const state = textAt(disk, 'status') ?? 'unknown'
      if (/^(ok|idle|sleeping)$/i.test(state))
        return good('storage', `${name}: ok, ${sizeOf(numberAt(disk, 'capacity'))}`)
      const advice = /unformatted/i.test(state) ? 'format it on the device' : 'replace it, or take it out of the device'
      return wrong('storage', 'bad', { code: 'storage.fault', text: `${name}: ${state}`, advice })
    })
    return { findings: findings.length > 0 ? findings : [good('storage', 'has no disk of its own')] }
  } catch (error) {
    return { findings: failedAs(signal, error, () => good('storage', 'has no disk of its own')) }
  }
}

const sizeOf = (megabytes: number | undefined): string =>
  megabytes === undefined
    ? 'size unknown'
    : megabytes >= 1e6
      ? `${(megabytes / 1e6).toFixed(1)} TB`
      : `${(megabytes / 1e3).toFixed(0)} GB`

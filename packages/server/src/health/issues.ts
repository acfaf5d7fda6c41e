// SPDX-License-Identifier: Apache-2.0
/** From what a device told to what should not be left so. Facts alone: nothing is guessed, no password is tried. */
import { type HealthReading, holesOf, MAX_CLOCK_OFFSET_MS } from '@openhmp/client'
import type { HealthIssue } from '@openhmp/contract'

/** What is known besides the reading. */
export interface Known {
  readonly model: string
  readonly firmwareVersion: string
  /** Another device has the same password. */
  readonly isPasswordShared: boolean
  /** What is wrong with it by the rules of these devices; undefined: nothing, or it is not known here. */
  readonly passwordWeakness: string | undefined
}

/** Hotter than this, electronics age quickly. */
const HOT_CELSIUS = 80

/** The issues, the worst first. */
export const issuesOf = (reading: HealthReading, known: Known): HealthIssue[] => {
  const issues: HealthIssue[] = []
  const say = (severity: HealthIssue['severity'], code: string, text: string) => issues.push({ code, severity, text })
  const { clock, disks, unlinkedEvents, isRiskPassword, temperatureCelsius } = reading
  for (const { name, state, isGood } of disks) if (!isGood) say('bad', 'storage.fault', `${name}: ${state}`)
  for (const { id, text } of holesOf(known.model, known.firmwareVersion))
    say('bad', `firmware.${id.toLowerCase()}`, `${id}: ${text}`)
  if (clock?.offsetMs !== undefined && Math.abs(clock.offsetMs) > MAX_CLOCK_OFFSET_MS)
    say('warning', 'clock.off', `its clock is ${Math.round(clock.offsetMs / 1000)} s off (${clock.mode})`)
  else if (clock && clock.mode !== 'NTP') say('warning', 'clock.manual', 'nothing keeps its clock right')
  for (const { channel, reason } of reading.lostCameras)
    say('bad', 'camera.lost', `channel ${channel}: the recorder does not reach its camera${wordsFor(reason)}`)
  if (unlinkedEvents && unlinkedEvents.length > 0)
    say('warning', 'events.unlinked', `${unlinkedEvents.join(', ')}: not linked to "Notify Surveillance Center"`)
  if (known.passwordWeakness !== undefined)
    say('warning', 'password.weak', `its password is weak: ${known.passwordWeakness}`)
  else if (isRiskPassword) say('warning', 'password.weak', 'the device calls its password weak')
  if (known.isPasswordShared) say('warning', 'password.shared', 'another device has the same password')
  if (temperatureCelsius !== undefined && temperatureCelsius >= HOT_CELSIUS)
    say('warning', 'temperature.high', `it is ${temperatureCelsius} °C warm`)
  return issues
}

/** What recorders say of a camera that they do not reach. */
const reasons: Readonly<Record<string, string>> = {
  networkAbnormal: 'no way to it',
  userOrPasswordError: 'its user or password is wrong',
  notActivated: 'it has no password yet',
  notSupport: 'it is of a kind that the recorder does not know',
}

const wordsFor = (reason: string | undefined): string => {
  const words = reason === undefined || reason === 'offline' ? undefined : (reasons[reason] ?? reason.slice(0, 60))
  return words === undefined ? '' : ` (${words})`
}

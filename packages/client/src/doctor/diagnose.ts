// SPDX-License-Identifier: Apache-2.0
/**
 * Why a device does not work: a walk from the cable to the picture, each step told as it is done. It changes nothing, and
 * a wrong password is sent once.
 */
import type { Clock } from '@openhmp/protocol/base'
import { IsapiClient } from '../isapi/isapi-client.ts'
import type { LoginCredentials } from '../login-guard.ts'
import type { TlsTrust } from '../socket.ts'
import { lookAlertStream, lookEvents } from './events.ts'
import { CHECKS, type Check, type Finding } from './finding.ts'
import type { Look, Patient } from './patient.ts'
import { lookPicture, lookRtsp, lookStreams } from './pictures.ts'
import { lookClock, lookFirmware, lookStorage } from './upkeep.ts'
import { lookLogin, lookPassword, lookReachable, lookRights, lookTls, portOf } from './way-in.ts'

/** What a walk needs. */
export interface DiagnoseOptions {
  readonly credentials: LoginCredentials
  readonly clock: Clock
  /** Ends the walk; it rejects with its reason. */
  readonly signal: AbortSignal
  readonly tls?: TlsTrust
  /** Left out: where the device says that it is. */
  readonly rtspPort?: number
  /** Each finding at once. */
  onFinding?(finding: Finding): void
  /** A check begins. */
  onCheck?(check: Check): void
}

const looks: readonly (readonly [Check, Look])[] = [
  ['reachable', lookReachable],
  ['tls', lookTls],
  ['login', lookLogin],
  ['rights', lookRights],
  ['password', lookPassword],
  ['firmware', lookFirmware],
  ['clock', lookClock],
  ['streams', lookStreams],
  ['rtsp', lookRtsp],
  ['picture', lookPicture],
  ['events', lookEvents],
  ['alert-stream', lookAlertStream],
  ['storage', lookStorage],
]

/** Walks. Gives every finding in the order of `CHECKS`; throws `Refusal` `address.form`, and the signal's reason. */
export const diagnose = async (address: string, options: DiagnoseOptions): Promise<Finding[]> => {
  const { credentials, clock, signal, tls, rtspPort } = options
  await using isapi = new IsapiClient({ address, credentials, clock, signal, ...(tls ? { tls } : {}) })
  const patient: Patient = { isapi, host: isapi.host, ...portOf(address), tls, credentials, clock, signal, rtspPort }
  const findings: Finding[] = []
  const tell = (finding: Finding) => {
    findings.push(finding)
    options.onFinding?.(finding)
  }
  for (const [check, look] of looks) {
    options.onCheck?.(check)
    const looked = await look(patient)
    for (const finding of looked.findings) tell(finding)
    if (looked.isEnd) break
  }
  const last = findings.at(-1)
  if (last?.state === 'bad')
    for (const check of CHECKS.slice(CHECKS.indexOf(last.check) + 1))
      if (!findings.some((one) => one.check === check))
        tell({ check, state: 'skipped', text: 'not looked at', code: null, advice: null })
  return findings
}

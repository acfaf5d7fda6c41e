// SPDX-License-Identifier: Apache-2.0
/** The device that is looked at, and what the checks so far have learnt of it. */
import type { Clock } from '@openhmp/protocol/base'
import type { DeviceInfo, StreamingChannel } from '@openhmp/protocol/isapi'
import type { IsapiClient } from '../isapi/isapi-client.ts'
import type { LoginCredentials } from '../login-guard.ts'
import type { TlsTrust } from '../socket.ts'
import type { Finding } from './finding.ts'

/** What every check is given. */
export interface Patient {
  readonly isapi: IsapiClient
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  readonly tls: TlsTrust | undefined
  readonly credentials: LoginCredentials
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Where RTSP is, when the caller knows better than the device. */
  readonly rtspPort: number | undefined
  /** Filled in on the way; `info` stands from the check `login` on. */
  info?: DeviceInfo
  streams?: readonly StreamingChannel[]
}

/** What a check came to. `isEnd`: what follows cannot work, and is not tried. */
export interface Looked {
  readonly findings: readonly Finding[]
  readonly isEnd?: boolean
}

/** One check. Rejects only with the reason of the patient's signal, or when we are wrong. */
export type Look = (patient: Patient) => Promise<Looked>

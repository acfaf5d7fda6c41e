// SPDX-License-Identifier: Apache-2.0
/** What a kind of job must say, and what it is given for each device. */
import type { IsapiDoor } from '@openhmp/client'
import type { Permission } from '@openhmp/contract'
import { HmpError } from '@openhmp/protocol/base'
import type { KnownDevice } from '../fleet/device-row.ts'

/** A device that a job works on. */
export interface JobTarget {
  readonly known: KnownDevice
  /** Throws `Refusal` `device.plain` for a device without settings. */
  readonly door: IsapiDoor
}

/** The work on one device. */
export interface Task<Memo> {
  /** Aborts when the job is cancelled or the server stops. */
  readonly signal: AbortSignal
  /** What an earlier run of the server remembered of this work; undefined when it was never begun. */
  readonly memo: Memo | undefined
  /** Resolves once it is on the disk: what is done next can be found again after a crash. */
  remember(memo: Memo): Promise<void>
  /** 0..1, and what is done now. Shown, not kept. */
  progress(share: number, step: string): void
  log(text: string): void
}

/** What is done at one device. */
export interface JobKind<Spec, Memo, Result> {
  readonly kind: string
  /** Who may begin such a job: more than may look at jobs and stop them. */
  readonly needs: Permission
  /** Called again after a restart of the server with what it remembered: it must look before it acts a second time. */
  run(target: JobTarget, spec: Spec, task: Task<Memo>): Promise<Result>
}

/** Any kind, its types forgotten: what the engine keeps. */
export type AnyJobKind = JobKind<unknown, unknown, unknown>

/** Thrown by a kind: not all was done, and this is what was. */
export class PartlyDone extends HmpError {
  readonly result: unknown

  constructor(code: string, text: string, result: unknown) {
    super(code, text)
    this.result = result
  }
}

/** Thrown by a kind: there is nothing to do at this device, and that is no failure. */
export class SkipDevice extends HmpError {
  constructor(code: string, text: string) {
    super(code, text)
  }
}

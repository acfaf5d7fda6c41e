// SPDX-License-Identifier: Apache-2.0
/** Many devices asked again: what they are, with a login tried now, and how they are. */
import type { Device } from '@openhmp/contract'
import type { JobKind, JobTarget, Task } from '../job/kind.ts'

interface CheckResult {
  readonly model: string | null
  readonly firmwareVersion: string | null
  /** Of its health; empty where all is well, and for what tells no health. */
  readonly issues: readonly string[]
}

interface Parts {
  /** Rejects when the device is not reached, or says no. */
  refresh(device: string): Promise<Pick<Device, 'model' | 'firmwareVersion'>>
  /** Issues of the device's health. */
  look(device: string): Promise<readonly string[]>
}

/** The kind `check`. Changes nothing. */
export class CheckJob implements JobKind<object, never, CheckResult> {
  readonly kind = 'check'
  readonly needs = 'device.configure'
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async run({ known }: JobTarget, _spec: object, task: Task<never>): Promise<CheckResult> {
    task.progress(0, 'information')
    const information = await this.#parts.refresh(known.id)
    task.signal.throwIfAborted()
    task.progress(0.5, 'health')
    const issues = known.kind === 'rtsp' ? [] : await this.#parts.look(known.id)
    for (const issue of issues) task.log(issue)
    return {
      model: information.model,
      firmwareVersion: information.firmwareVersion,
      issues,
    }
  }
}

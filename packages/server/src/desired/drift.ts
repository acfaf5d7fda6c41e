// SPDX-License-Identifier: Apache-2.0
/**
 * Devices that are no longer what the kept file says: looked at now and then, when the file has changed, and after a job
 * has changed the device. Nothing is mended by itself.
 */
import type { IsapiDoor } from '@openhmp/client'
import type { Desired as DesiredFile, DevicePlan, HealthIssue } from '@openhmp/contract'
import type { Clock } from '@openhmp/protocol/base'
import type { KnownDevice } from '../fleet/device-row.ts'
import { catalogue } from './catalogue.ts'
import { compareDevice } from './compare.ts'
import { describedOf } from './described.ts'
import { type Rule, readDesired } from './document.ts'
import { wantedOf } from './wanted.ts'

/** From one comparison of a device to the next. */
export const DRIFT_MS = 6 * 60 * 60_000

/** What the last comparison of a device found. */
export interface Drifted {
  readonly checkedMs: number
  readonly plan: DevicePlan
}

interface Parts {
  readonly clock: Clock
  /** The kept file. */
  file(): Promise<DesiredFile>
}

export class Drift {
  readonly #parts: Parts
  readonly #found = new Map<string, Drifted>()
  /** The file that was compared with, read once. */
  #text = ''
  #rules: readonly Rule[] = []

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** By device; those that no rule means are not in it. */
  get found(): ReadonlyMap<string, Drifted> {
    return this.#found
  }

  /** It was changed: the next look compares anew. */
  forget(device: string): void {
    this.#found.delete(device)
  }

  /** One issue, or none. Rejects with what keeps the device from telling. */
  async issuesOf(known: KnownDevice, door: IsapiDoor, signal: AbortSignal): Promise<HealthIssue[]> {
    const { text } = await this.#parts.file()
    if (text !== this.#text) {
      this.#text = text
      this.#rules = readDesired(text, catalogue).rules
      this.#found.clear()
    }
    const { id, name, site, tags, information } = known
    const wanted = wantedOf(this.#rules, { id, name, site, tags, model: information?.model ?? null })
    if (wanted.size === 0) {
      this.#found.delete(id)
      return []
    }
    const nowMs = this.#parts.clock.now()
    let drifted = this.#found.get(id)
    if (!drifted || nowMs - drifted.checkedMs >= DRIFT_MS) {
      drifted = { checkedMs: nowMs, plan: await compareDevice(door, describedOf(known), wanted, { catalogue, signal }) }
      this.#found.set(id, drifted)
    }
    const { differences } = drifted.plan
    if (differences.length === 0) return []
    const fields = [...new Set(differences.map(({ section, field }) => `${section}.${field}`))]
    return [{ code: 'drift', severity: 'warning', text: `not as the desired state says: ${fields.join(', ')}` }]
  }
}

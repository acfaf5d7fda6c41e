// SPDX-License-Identifier: Apache-2.0
/** How grave each kind of event is. Kept in memory, since every event asks; written down before it counts. */
import { alarmWord, defaultSeverities, type Event, type SeverityOrNone } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Store } from '../store/store.ts'

const SETTING = 'alarmSeverities'
/** Kinds that may have a severity of their own: devices invent words. */
export const MAX_OWN_SEVERITIES = 500

/** The table of one server. */
export class Severities {
  readonly #store: Store
  readonly #own: Map<string, SeverityOrNone>

  private constructor(store: Store, own: Map<string, SeverityOrNone>) {
    this.#store = store
    this.#own = own
  }

  static async open(store: Store): Promise<Severities> {
    return new Severities(store, new Map(Object.entries(JSON.parse(await store.setting(SETTING, () => '{}')))))
  }

  of(event: Pick<Event, 'kind' | 'fault'>): SeverityOrNone {
    const word = alarmWord(event)
    return this.#own.get(word) ?? given(word) ?? 'low'
  }

  list(): { kind: string; severity: SeverityOrNone; isDefault: boolean }[] {
    const words = new Set([...Object.keys(defaultSeverities), ...this.#own.keys()])
    return [...words].map((kind) => {
      const own = this.#own.get(kind)
      return { kind, severity: own ?? given(kind) ?? 'low', isDefault: own === undefined }
    })
  }

  /** Null: as delivered. Throws `Refusal` `alarm.many-kinds`. */
  async set(kind: string, severity: SeverityOrNone | null): Promise<void> {
    const next = new Map(this.#own)
    if (severity === null) next.delete(kind)
    else next.set(kind, severity)
    if (next.size > MAX_OWN_SEVERITIES)
      throw new Refusal('exhausted', 'alarm.many-kinds', `${MAX_OWN_SEVERITIES} kinds of your own are the most`)
    await this.#store.db
      .updateTable('setting')
      .set({ value: JSON.stringify(Object.fromEntries(next)) })
      .where('key', '=', SETTING)
      .execute()
    if (severity === null) this.#own.delete(kind)
    else this.#own.set(kind, severity)
  }
}

/** A device's word may be `constructor`. */
const given = (word: string): SeverityOrNone | undefined =>
  Object.hasOwn(defaultSeverities, word) ? defaultSeverities[word] : undefined

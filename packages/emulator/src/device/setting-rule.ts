// SPDX-License-Identifier: Apache-2.0
/** What a family of firmware does with a value that is written: takes it with a yes, and yet not as it was told. */

/** One place in one kind of document. */
export interface SettingRule {
  /** Resource and place, `#` for any number: `/Streaming/channels/#/Video/constantBitRate`. */
  readonly at: string
  /** `ignored`: yes, and nothing changes. `refused`: badParameters. `step`: down to a multiple; `least`, `most`: brought within. */
  readonly does:
    | 'ignored'
    | 'refused'
    | { readonly step: number }
    | { readonly least: number; readonly most: number }
    /** Longest text, the rest is cut off. */
    | { readonly letters: number }
}

/** What is kept of a value: undefined to leave the old one, `refused` to say no. */
export type Kept = { readonly value: string } | 'ignored' | 'refused'

/** The value as this firmware keeps it. */
export function keepBy(rules: readonly SettingRule[], at: string, value: string): Kept {
  const place = at.replace(/\/\d+(?=\/|$)/g, '/#').replace(/\[\d+\]/g, '')
  const rule = rules.find((one) => one.at === place)
  if (!rule) return { value }
  const { does } = rule
  if (does === 'ignored' || does === 'refused') return does
  if ('letters' in does) return { value: value.slice(0, does.letters) }
  const number = Number(value)
  if (!Number.isFinite(number)) return 'refused'
  if ('step' in does) return { value: String(Math.max(does.step, Math.floor(number / does.step) * does.step)) }
  return { value: String(Math.min(does.most, Math.max(does.least, number))) }
}

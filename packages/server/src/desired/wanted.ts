// SPDX-License-Identifier: Apache-2.0
/** Which rules mean which device, and what they want of it together. */
import type { Match, Rule } from './document.ts'

/** What a rule can ask of a device. */
export interface Matched {
  readonly id: string
  readonly name: string
  readonly model: string | null
  readonly site: string | null
  readonly tags: readonly string[]
}

/** True when the device fits everything that is named; nothing named means every device. */
export const fits = ({ name, model, site, tags, ids }: Match, device: Matched): boolean =>
  (name === undefined || isLike(name, device.name)) &&
  (model === undefined || isLike(model, device.model ?? '')) &&
  (site === undefined || isLike(site, device.site ?? '')) &&
  (tags === undefined || tags.every((tag) => device.tags.includes(tag))) &&
  (ids === undefined || ids.includes(device.id))

/** Section key to the fields that are wanted; empty when no rule means the device. The later rule counts. */
export const wantedOf = (rules: readonly Rule[], device: Matched): ReadonlyMap<string, Record<string, unknown>> => {
  const wanted = new Map<string, Record<string, unknown>>()
  for (const { match, wants } of rules)
    if (fits(match, device)) for (const [key, fields] of wants) wanted.set(key, { ...wanted.get(key), ...fields })
  return wanted
}

/** Upper and lower case are the same. Stars are few (200 characters at the most), texts short: no clever matching needed. */
const isLike = (pattern: string, text: string): boolean => {
  const parts = pattern.toLowerCase().split('*')
  const whole = text.toLowerCase()
  const first = parts[0]!
  const last = parts.at(-1)!
  if (parts.length === 1) return whole === first
  if (!whole.startsWith(first) || whole.length < first.length + last.length || !whole.endsWith(last)) return false
  let from = first.length
  const end = whole.length - last.length
  for (const part of parts.slice(1, -1)) {
    const found = whole.indexOf(part, from)
    if (found < 0 || found + part.length > end) return false
    from = found + part.length
  }
  return true
}

// SPDX-License-Identifier: Apache-2.0
/** Choosing rows: one, a stretch from the one before, all that are shown. Pure; the table keeps the anchor. */

export type Chosen<Id> = ReadonlySet<Id>

/** Chosen becomes not chosen, and the other way round. */
export const toggle = <Id>(chosen: Chosen<Id>, id: Id): Chosen<Id> => {
  const next = new Set(chosen)
  if (!next.delete(id)) next.add(id)
  return next
}

/** All rows between two, both with them, become what the first of them is. */
export const extend = <Id>(chosen: Chosen<Id>, shown: readonly Id[], from: Id, to: Id): Chosen<Id> => {
  const [a, b] = [shown.indexOf(from), shown.indexOf(to)]
  if (a < 0 || b < 0) return toggle(chosen, to)
  const next = new Set(chosen)
  const isOn = chosen.has(from)
  for (const id of shown.slice(Math.min(a, b), Math.max(a, b) + 1)) isOn ? next.add(id) : next.delete(id)
  return next
}

/** How many of the shown are chosen, in a word: what the box in the head shows. */
export const shareOf = <Id>(chosen: Chosen<Id>, shown: readonly Id[]): 'none' | 'some' | 'all' => {
  if (chosen.size === 0 || shown.length === 0) return 'none'
  let count = 0
  for (const id of shown) if (chosen.has(id)) count++
  if (count === 0) return 'none'
  return count === shown.length ? 'all' : 'some'
}

/** All that are shown, or none of them when all are already. Others stay as they are. */
export const toggleAll = <Id>(chosen: Chosen<Id>, shown: readonly Id[]): Chosen<Id> => {
  const isOff = shareOf(chosen, shown) === 'all'
  const next = new Set(chosen)
  for (const id of shown) isOff ? next.delete(id) : next.add(id)
  return next
}

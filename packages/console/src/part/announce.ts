// SPDX-License-Identifier: Apache-2.0
/** Words for people who listen rather than look. One at a time, and not more often than they can follow; what is urgent goes first. */

const PAUSE_MS = 4000

let words = ''
let saidAt = 0
const watchers = new Set<() => void>()

/** The latest words. */
export const announced = (): string => words

export const watchAnnounced = (watcher: () => void): (() => void) => {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** Says it, unless something was said just now; `isUrgent` is always said. */
export const announce = (text: string, isUrgent = false): void => {
  const now = performance.now()
  if (!isUrgent && saidAt > 0 && now - saidAt < PAUSE_MS) return
  saidAt = now
  words = text
  for (const watcher of watchers) watcher()
}

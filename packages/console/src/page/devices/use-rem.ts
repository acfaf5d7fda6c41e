// SPDX-License-Identifier: Apache-2.0
/** How many pixels a rem is: large screens have larger ones. */
import { useSyncExternalStore } from 'react'

const watch = (watcher: () => void): (() => void) => {
  addEventListener('resize', watcher)
  return () => removeEventListener('resize', watcher)
}
const read = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16

export const useRem = (): number => useSyncExternalStore(watch, read)

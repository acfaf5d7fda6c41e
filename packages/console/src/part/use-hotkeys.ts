// SPDX-License-Identifier: Apache-2.0
/** Single keys for the whole page, except while somebody writes or a dialogue is open. */
import { useEffect, useRef } from 'react'

export const useHotkeys = (keys: Readonly<Record<string, () => void>>): void => {
  const current = useRef(keys)
  useEffect(() => {
    current.current = keys
  })
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      const target = event.target as Element | null
      if (target?.closest('input, textarea, select, [role="dialog"], [role="menu"], [contenteditable]')) return
      const act = current.current[event.key] ?? current.current[event.key.toLowerCase()]
      if (!act) return
      event.preventDefault()
      act()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [])
}

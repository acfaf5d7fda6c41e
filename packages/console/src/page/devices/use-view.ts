// SPDX-License-Identifier: Apache-2.0
/** The view of the list, as it stands in the address of the page: it can be kept, sent and gone back to. */
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import type { DeviceSearch } from '../../search.ts'
import { columns as allColumns, type Column, readColumns, writeColumns } from './columns.ts'
import { type DeviceView, facets } from './device-order.ts'

/** The view that an address means. */
export const viewOf = (search: DeviceSearch): DeviceView & { readonly columns: readonly Column[] } => {
  const isDescending = search.sort?.startsWith('-') ?? false
  const by = search.sort?.slice(isDescending ? 1 : 0)
  return {
    wanted: search.q ?? '',
    filters: Object.fromEntries(
      facets.map((facet) => {
        const value = search[facet]
        return [facet, value === undefined ? [] : Array.isArray(value) ? value : [value]]
      }),
    ),
    by: allColumns.find((column) => column === by) ?? 'name',
    isDescending,
    columns: readColumns(search.columns),
  }
}

/** The address of a view; the usual is left out. */
export const searchOf = ({
  wanted,
  filters,
  by,
  isDescending,
  columns,
}: DeviceView & { readonly columns: readonly Column[] }): DeviceSearch => {
  const search: DeviceSearch = {}
  if (wanted !== '') search.q = wanted
  for (const facet of facets) {
    const [first, ...more] = filters[facet] ?? []
    if (first !== undefined) search[facet] = more.length > 0 ? [first, ...more] : first
  }
  if (by !== 'name' || isDescending) search.sort = `${isDescending ? '-' : ''}${by}`
  const shown = writeColumns(columns)
  if (shown !== undefined) search.columns = shown
  return search
}

export const useView = () => {
  const search = useSearch({ from: '/app/devices' })
  const navigate = useNavigate()
  const view = useMemo(() => viewOf(search), [search])
  const change = useCallback(
    (part: Partial<ReturnType<typeof viewOf>>) =>
      void navigate({
        to: '/devices',
        // From what it is by then: two changes in a row do not undo each other.
        search: (now) => searchOf({ ...viewOf(now as DeviceSearch), ...part }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  )
  return [view, change] as const
}

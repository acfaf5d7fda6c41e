// SPDX-License-Identifier: Apache-2.0
/**
 * The rows of the list: those on the screen alone are in the page, two empty rows stand for the rest. A grid for the
 * keyboard (ARIA Authoring Practices, grid): arrows move, Space chooses, Shift and an arrow choose a stretch, Ctrl+A all,
 * Enter opens. Rows have one height in each layout, so that nothing is measured while scrolling.
 */
import { Checkbox } from '@mantine/core'
import type { Device, DeviceId } from '@openhmp/contract'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type MouseEvent, memo, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { DeviceCard } from './card.tsx'
import { Cell } from './cell.tsx'
import { type Chosen, extend, shareOf, toggle, toggleAll } from './chosen.ts'
import { type Column, widths } from './columns.ts'
import css from './devices.module.css'
import { useRem } from './use-rem.ts'

/** In rem; the style sheet says the same. */
const ROW_REM = 3.5
const CARD_REM = 5.75
const HEAD_REM = 2.75
const BOX_REM = 2.75
/** Rows kept ready above and below what is seen. */
const READY_ROWS = 8

interface Props {
  rows: readonly Device[]
  columns: readonly Column[]
  sort: { readonly by: Column; readonly isDescending: boolean }
  onSort: (by: Column) => void
  /** Undefined: nothing can be done with several. */
  chosen: Chosen<DeviceId> | undefined
  onChoose: (chosen: Chosen<DeviceId>) => void
  isNarrow: boolean
}

const rowId = (id: string): string => `device-${id}`

export function DeviceTable({ rows, columns, sort, onSort, chosen, onChoose, isNarrow }: Props) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const frame = useRef<HTMLDivElement>(null)
  const rem = useRem()
  const rowPx = Math.round((isNarrow ? CARD_REM : ROW_REM) * rem)
  const headPx = isNarrow ? 0 : Math.round(HEAD_REM * rem)
  const [activeId, setActiveId] = useState<DeviceId>()
  const anchor = useRef<DeviceId>(undefined)
  const ids = useMemo(() => rows.map(({ id }) => id), [rows])
  const active = Math.max(0, activeId === undefined ? 0 : ids.indexOf(activeId))

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => ids[index] ?? index,
    overscan: READY_ROWS,
    paddingStart: headPx,
    scrollPaddingStart: headPx,
    // The active row stays in the page wherever it is: it is what the screen reader points at.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range)
      return indexes.includes(active) || active >= rows.length ? indexes : [...indexes, active].sort((a, b) => a - b)
    },
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are asked for again when these change
  useEffect(() => virtual.measure(), [rowPx, headPx, virtual])

  const open = useCallback((id: DeviceId) => void navigate({ to: '/devices/$id', params: { id } }), [navigate])
  const state = useRef({ ids, chosen })
  state.current = { ids, chosen }
  const choose = useCallback(
    (id: DeviceId, isStretch: boolean) => {
      const now = state.current
      if (!now.chosen) return
      const from = anchor.current
      setActiveId(id)
      onChoose(isStretch && from !== undefined ? extend(now.chosen, now.ids, from, id) : toggle(now.chosen, id))
      if (!isStretch || from === undefined) anchor.current = id
    },
    [onChoose],
  )

  const go = (to: number) => {
    const index = Math.min(rows.length - 1, Math.max(0, to))
    setActiveId(ids[index])
    virtual.scrollToIndex(index, { align: 'auto' })
    return ids[index]
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return
    const aPage = Math.max(1, Math.floor(((frame.current?.clientHeight ?? 0) - headPx) / rowPx) - 1)
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + aPage,
      PageUp: active - aPage,
      Home: 0,
      End: rows.length - 1,
    }
    const to = moves[event.key]
    const id = ids[active]
    if (to !== undefined) {
      const from = ids[active]
      const reached = go(to)
      if (event.shiftKey && chosen && from !== undefined && reached !== undefined)
        onChoose(extend(new Set([...chosen, from]), ids, from, reached))
    } else if (event.key === ' ' && id !== undefined) choose(id, event.shiftKey)
    else if (event.key === 'Enter' && id !== undefined) open(id)
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey) && chosen) onChoose(new Set([...chosen, ...ids]))
    else if (event.key === 'Escape' && chosen && chosen.size > 0) onChoose(new Set())
    else return
    event.preventDefault()
  }

  const items = virtual.getVirtualItems()
  const gaps = gapsBetween(items, virtual.getTotalSize(), headPx)
  const span = isNarrow ? 1 : columns.length + (chosen ? 1 : 0)
  const share = chosen ? shareOf(chosen, ids) : 'none'
  const least = columns.reduce((sum, column) => sum + widths[column], chosen ? BOX_REM : 0)
  return (
    <div ref={frame} className={css['frame']} data-narrow={isNarrow}>
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that is worked with by keyboard is a grid
        role="grid"
        className={css['table']}
        style={isNarrow ? undefined : { minWidth: `${least}rem` }}
        aria-label={t('devices.title')}
        aria-rowcount={rows.length + (isNarrow ? 0 : 1)}
        aria-colcount={span}
        aria-multiselectable={chosen !== undefined}
        aria-activedescendant={rows[active] && rowId(rows[active].id)}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        {!isNarrow && (
          <>
            <colgroup>
              {chosen && <col style={{ width: `${BOX_REM}rem` }} />}
              {columns.map((column) => (
                <col key={column} style={column === 'name' ? undefined : { width: `${widths[column]}rem` }} />
              ))}
            </colgroup>
            <thead>
              <tr aria-rowindex={1}>
                {chosen && (
                  <th scope="col" className={css['boxCell']}>
                    <Checkbox
                      size="xs"
                      aria-label={t('devices.chooseAll', { count: rows.length })}
                      checked={share === 'all'}
                      indeterminate={share === 'some'}
                      onChange={() => onChoose(toggleAll(chosen, ids))}
                    />
                  </th>
                )}
                {columns.map((column) => (
                  <th
                    key={column}
                    scope="col"
                    data-column={column}
                    aria-sort={sort.by === column ? (sort.isDescending ? 'descending' : 'ascending') : 'none'}
                  >
                    <button type="button" className={css['sort']} onClick={() => onSort(column)}>
                      <span>{t(`devices.column_${column}`)}</span>
                      {sort.by === column &&
                        (sort.isDescending ? <IconArrowDown size={14} /> : <IconArrowUp size={14} />)}
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
          </>
        )}
        <tbody>
          {items.map((item, i) => {
            const device = rows[item.index]
            if (!device) return null
            return [
              gaps[i] ? <Gap key={`gap ${item.key}`} height={gaps[i]} span={span} /> : null,
              <Row
                key={device.id}
                device={device}
                index={item.index}
                columns={columns}
                isNarrow={isNarrow}
                isActive={item.index === active}
                isChosen={chosen?.has(device.id)}
                onOpen={open}
                onChoose={choose}
              />,
            ]
          })}
          {gaps.at(-1) ? <Gap height={gaps.at(-1) ?? 0} span={span} /> : null}
        </tbody>
      </table>
    </div>
  )
}

/** Pixels above each row that is in the page, and after the last. */
const gapsBetween = (items: readonly { start: number; end: number }[], total: number, head: number): number[] => {
  const ends = [head, ...items.map(({ end }) => end)]
  const starts = [...items.map(({ start }) => start), total]
  return starts.map((start, i) => start - ends[i]!)
}

function Gap({ height, span }: { height: number; span: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus; it is room for rows that are not here
    <tr aria-hidden="true" className={css['gap']}>
      <td colSpan={span} style={{ height }} />
    </tr>
  )
}

interface RowProps {
  device: Device
  index: number
  columns: readonly Column[]
  isNarrow: boolean
  isActive: boolean
  /** Undefined: rows cannot be chosen. */
  isChosen: boolean | undefined
  onOpen: (id: DeviceId) => void
  onChoose: (id: DeviceId, isStretch: boolean) => void
}

const Row = memo(function Row({ device, index, columns, isNarrow, isActive, isChosen, onOpen, onChoose }: RowProps) {
  const { t } = useTranslation()
  const onClick = (event: MouseEvent) => {
    const on = (event.target as Element).closest('a, input, button, label')
    if (event.shiftKey && isChosen !== undefined) {
      // A link would open another window. A box must not be stopped: it would show what was before.
      if (on?.matches('a')) event.preventDefault()
      if (!on?.matches('label')) onChoose(device.id, true)
    } else if (!on) onOpen(device.id)
  }
  const box = isChosen !== undefined && (
    <Checkbox
      size="xs"
      tabIndex={-1}
      aria-label={t('devices.choose', { name: device.name })}
      checked={isChosen}
      onChange={(event) => {
        const { nativeEvent } = event
        if (!('shiftKey' in nativeEvent && nativeEvent.shiftKey)) onChoose(device.id, false)
      }}
    />
  )
  return (
    <tr
      id={rowId(device.id)}
      className={css['row']}
      aria-rowindex={index + (isNarrow ? 1 : 2)}
      aria-selected={isChosen}
      data-active={isActive}
      onMouseDown={(event) => {
        if (event.shiftKey) event.preventDefault() // chooses rows, not their words
      }}
      onClick={onClick}
    >
      {isNarrow ? (
        <td>
          <DeviceCard device={device} box={box} />
        </td>
      ) : (
        <>
          {isChosen !== undefined && <td className={css['boxCell']}>{box}</td>}
          {columns.map((column) => (
            <td key={column} data-column={column}>
              <Cell device={device} column={column} />
            </td>
          ))}
        </>
      )}
    </tr>
  )
})

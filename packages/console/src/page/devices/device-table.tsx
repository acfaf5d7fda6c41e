// SPDX-License-Identifier: Apache-2.0
/**
 * The rows of the list: those on the screen alone are in the page, each laid out by itself. A grid for the
 * keyboard (ARIA Authoring Practices, grid): arrows move, Space chooses, Shift and an arrow choose a stretch, Ctrl+A all,
 * Enter opens. Rows have one height in each layout, so that nothing is measured while scrolling.
 */
import type { Device, DeviceId } from '@openhmp/contract'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  memo,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../part/time.tsx'
import { DeviceCard } from './card.tsx'
import { Cell, type Kit } from './cell.tsx'
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
const READY_ROWS = 4

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
  const { t, i18n } = useTranslation()
  const navigate = useNavigate()
  const format = useFormat()
  const kit = useMemo<Kit>(() => ({ t, format, language: i18n.language }), [t, format, i18n.language])
  const frame = useRef<HTMLDivElement>(null)
  const rem = useRem()
  const rowPx = Math.round((isNarrow ? CARD_REM : ROW_REM) * rem)
  const headPx = isNarrow ? 0 : Math.round(HEAD_REM * rem)
  const [activeId, setActiveId] = useState<DeviceId>()
  const anchor = useRef<DeviceId>(undefined)
  const ids = useMemo(() => rows.map(({ id }) => id), [rows])
  const active = Math.max(0, activeId === undefined ? 0 : ids.indexOf(activeId))

  // The same function as long as the rows are: another one would have all of them measured again.
  const keyOf = useCallback((index: number) => ids[index] ?? index, [ids])
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPx,
    getItemKey: keyOf,
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

  const span = isNarrow ? 1 : columns.length + (chosen ? 1 : 0)
  const share = chosen ? shareOf(chosen, ids) : 'none'
  return (
    <div ref={frame} className={css['frame']}>
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that is worked with by keyboard is a grid
        role="grid"
        className={css['table']}
        style={isNarrow ? undefined : layoutOf(columns, chosen !== undefined)}
        aria-label={t('devices.title')}
        aria-rowcount={rows.length + (isNarrow ? 0 : 1)}
        aria-colcount={span}
        aria-multiselectable={chosen !== undefined}
        aria-activedescendant={rows[active] && rowId(rows[active].id)}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        {!isNarrow && (
          <thead {...as.rowgroup}>
            <tr {...as.row} className={css['line']} aria-rowindex={1}>
              {chosen && (
                <th {...as.columnheader} className={css['boxCell']}>
                  <Box
                    label={t('devices.chooseAll', { count: rows.length })}
                    isOn={share === 'all'}
                    isPart={share === 'some'}
                    onChange={() => onChoose(toggleAll(chosen, ids))}
                  />
                </th>
              )}
              {columns.map((column) => (
                <th
                  {...as.columnheader}
                  key={column}
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
        )}
        <tbody {...as.rowgroup} style={{ height: virtual.getTotalSize() - headPx }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const device = rows[index]
            return (
              device && (
                <Row
                  key={device.id}
                  device={device}
                  index={index}
                  topPx={start - headPx}
                  columns={columns}
                  kit={kit}
                  isNarrow={isNarrow}
                  isActive={index === active}
                  isChosen={chosen?.has(device.id)}
                  onOpen={open}
                  onChoose={choose}
                />
              )
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** Said in so many words: a table whose rows are laid out by themselves is no table to some browsers. */
const as = {
  rowgroup: { role: 'rowgroup' },
  row: { role: 'row' },
  columnheader: { role: 'columnheader' },
  gridcell: { role: 'gridcell' },
} as const

/** The same columns for every row, since rows know nothing of each other: that is what makes them cheap. */
const layoutOf = (columns: readonly Column[], hasBox: boolean): CSSProperties => {
  const tracks = columns.map((column) => {
    const width = widths[column]
    return `minmax(${width}rem, ${column === 'name' ? width * 2 : width}fr)`
  })
  const least = columns.reduce((sum, column) => sum + widths[column], hasBox ? BOX_REM : 0)
  const layout = [...(hasBox ? [`${BOX_REM}rem`] : []), ...tracks].join(' ')
  return { minWidth: `${least}rem`, '--columns': layout } as CSSProperties
}

interface RowProps {
  device: Device
  index: number
  /** Below the head. */
  topPx: number
  columns: readonly Column[]
  kit: Kit
  isNarrow: boolean
  isActive: boolean
  /** Undefined: rows cannot be chosen. */
  isChosen: boolean | undefined
  onOpen: (id: DeviceId) => void
  onChoose: (id: DeviceId, isStretch: boolean) => void
}

const Row = memo(function Row({
  device,
  index,
  topPx,
  columns,
  kit,
  isNarrow,
  isActive,
  isChosen,
  onOpen,
  onChoose,
}: RowProps) {
  const onClick = (event: MouseEvent) => {
    // The keys go on from here.
    event.currentTarget.closest('table')?.focus({ preventScroll: true })
    const on = (event.target as Element).closest('a, input')
    if (event.shiftKey && isChosen !== undefined) {
      // A link would open another window. A box must not be stopped: it would show what was before.
      if (on?.matches('a')) event.preventDefault()
      onChoose(device.id, true)
    } else if (on?.matches('input')) onChoose(device.id, false)
    else if (!event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      onOpen(device.id)
    }
  }
  const box = isChosen !== undefined && (
    <Box label={kit.t('devices.choose', { name: device.name })} isOn={isChosen} isInRow />
  )
  return (
    <tr
      {...as.row}
      id={rowId(device.id)}
      className={`${css['line']} ${css['row']}`}
      style={{ transform: `translateY(${topPx}px)` }}
      aria-rowindex={index + (isNarrow ? 1 : 2)}
      aria-selected={isChosen}
      data-active={isActive}
      onMouseDown={(event) => {
        if (event.shiftKey) event.preventDefault() // chooses rows, not their words
      }}
      onClick={onClick}
    >
      {isNarrow ? (
        <td {...as.gridcell}>
          <DeviceCard device={device} kit={kit} box={box} />
        </td>
      ) : (
        <>
          {isChosen !== undefined && (
            <td {...as.gridcell} className={css['boxCell']}>
              {box}
            </td>
          )}
          {columns.map((column) => (
            <td {...as.gridcell} key={column} data-column={column}>
              <Cell device={device} column={column} kit={kit} />
            </td>
          ))}
        </>
      )}
    </tr>
  )
})

interface BoxProps {
  label: string
  isOn: boolean
  isPart?: boolean
  /** The grid has the keys, and its row takes the clicks. */
  isInRow?: boolean
  onChange?: () => void
}

const ignore = () => {}

function Box({ label, isOn, isPart = false, isInRow = false, onChange = ignore }: BoxProps) {
  return (
    <input
      type="checkbox"
      className={css['box']}
      aria-label={label}
      tabIndex={isInRow ? -1 : 0}
      ref={(input) => {
        if (input) input.indeterminate = isPart
      }}
      checked={isOn}
      onChange={onChange}
    />
  )
}

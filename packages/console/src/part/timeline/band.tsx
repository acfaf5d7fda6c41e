// SPDX-License-Identifier: Apache-2.0
/** The band itself: lanes of bars, or columns of counts where there are too many; dragged, and zoomed by a pinch. */
import type { Event, Gap, Output, SummarizeEvents } from '@openhmp/contract'
import { type PointerEvent, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { KindIcon, useEventName, useKindName, weightOf } from '../event-kind.tsx'
import { useFormat } from '../time.tsx'
import { holesOf, lanesOf, moved, type Span, spanIn, ticksOf, type Window } from './layout.ts'
import css from './timeline.module.css'

type Summary = Output<(typeof SummarizeEvents)['answer']>

interface Props {
  readonly window: Window
  readonly nowMs: number
  readonly events: readonly Event[]
  /** There instead of events where there are too many of them. */
  readonly summary: Summary | undefined
  readonly gaps: readonly Gap[]
  readonly chosen: string | undefined
  onChoose(event: Event): void
  onWindow(window: Window): void
  /** `at`: a share of the width that stays where it is. */
  onZoom(factor: number, at: number): void
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`
const placed = ({ left, width }: Span) => ({ left: percent(left), width: percent(width) })
/** Ticks of a wide band and of a telephone's. */
const [MANY_TICKS, FEW_TICKS] = [10, 4]
const DAY_MS = 86_400_000
/** Bars closer than this share are one: a finger's breadth is more, a pointer's less. */
const NEAR = 0.008

export function Band({ window, nowMs, events, summary, gaps, chosen, onChoose, onWindow, onZoom }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const kindName = useKindName()
  const eventName = useEventName()
  const area = useRef<HTMLDivElement>(null)
  const drag = useRef<{ x: number; window: Window }>(undefined)
  const zoom = useRef(onZoom)
  zoom.current = onZoom
  const lanes = summary ? [] : lanesOf(events, window, nowMs, NEAR)
  const holes = holesOf(gaps, window, nowMs)
  const isWide = (area.current?.clientWidth ?? 800) > 500
  const ticks = ticksOf(window, isWide ? MANY_TICKS : FEW_TICKS, -new Date(window.toMs).getTimezoneOffset() * 60_000)

  // React hears the wheel too late to keep the page from zooming.
  useEffect(() => {
    const element = area.current
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey || !element) return
      event.preventDefault()
      const { left, width } = element.getBoundingClientRect()
      zoom.current(Math.exp(event.deltaY / 200), (event.clientX - left) / width)
    }
    element?.addEventListener('wheel', onWheel, { passive: false })
    return () => element?.removeEventListener('wheel', onWheel)
  }, [])
  const onPointerDown = (event: PointerEvent) => {
    if (event.target instanceof Element && event.target.closest('button')) return
    drag.current = { x: event.clientX, window }
    event.currentTarget.setPointerCapture(event.pointerId)
  }
  const onPointerMove = (event: PointerEvent) => {
    if (!drag.current || !area.current) return
    onWindow(moved(drag.current.window, (drag.current.x - event.clientX) / area.current.clientWidth, nowMs))
  }
  const end = () => {
    drag.current = undefined
  }
  const wordsOf = (event: Event): string =>
    [eventName(event), format.dateTime(event.time), t(`events.state_${event.state}`)].join(', ')
  const most = Math.max(1, ...(summary?.columns.map(({ count }) => count) ?? []))
  return (
    <div className={css['chart']}>
      <ul className={css['labels']} aria-hidden="true">
        {summary ? <li>{t('timeline.all')}</li> : null}
        {lanes.map(({ kind }) => (
          <li key={kind} title={kindName(kind)}>
            <KindIcon kind={kind} size={16} />
            <span>{kindName(kind)}</span>
          </li>
        ))}
      </ul>
      <div
        ref={area}
        className={css['area']}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={end}
        onPointerCancel={end}
      >
        {ticks.map((at) => (
          <span key={at} className={css['tick']} style={{ left: percent(spanIn(window, at, at)?.left ?? 0) }}>
            <span className="number">{tickText(new Date(at), window)}</span>
          </span>
        ))}
        {holes.map((hole) => (
          <span
            key={hole.gap.id}
            className={css['hole']}
            style={placed(hole)}
            role="img"
            aria-label={`${t('events.gapHelp', { cause: hole.gap.cause.text })} ${format.dateTime(hole.gap.from)}`}
            title={t('events.gapHelp', { cause: hole.gap.cause.text })}
          />
        ))}
        {summary && (
          <div className={css['counts']}>
            {summary.columns.map(({ from, count }) => {
              const beginMs = Date.parse(from)
              const span = spanIn(window, beginMs, beginMs + summary.columnMs)
              if (!span) return null
              const words = t('events.column', { from: format.dateTime(from), number: format.number(count) })
              return (
                <button
                  key={from}
                  type="button"
                  className={css['count']}
                  style={{ ...placed(span), height: percent(count / most) }}
                  aria-label={words}
                  title={words}
                  onClick={() => onWindow({ fromMs: beginMs, toMs: beginMs + summary.columnMs })}
                />
              )
            })}
          </div>
        )}
        {lanes.map(({ kind, bars }) => (
          <ul key={kind} className={css['lane']} aria-label={kindName(kind)}>
            {bars.map(({ events: some, ...span }) => (
              <li key={some[0].id} style={placed(span)}>
                <button
                  type="button"
                  data-state={stateOf(some)}
                  data-weight={weightOf(kind)}
                  aria-pressed={some.some(({ id }) => id === chosen)}
                  aria-label={
                    some.length === 1
                      ? wordsOf(some[0])
                      : t('timeline.several', { count: some.length, first: wordsOf(some[0]) })
                  }
                  onClick={() => (some.length === 1 ? onChoose(some[0]) : onWindow(closeTo(window, span)))}
                  onMouseEnter={() => onChoose(some.at(-1)!)}
                  onFocus={() => onChoose(some.at(-1)!)}
                />
              </li>
            ))}
          </ul>
        ))}
        {!summary && lanes.length === 0 && <p className={css['none']}>{t('timeline.none')}</p>}
      </div>
    </div>
  )
}

/** A time of day; where days follow each other, the date at each of them. */
const tickText = (at: Date, { fromMs, toMs }: Window): string => {
  const isMidnight = at.getHours() === 0 && at.getMinutes() === 0
  if (isMidnight && toMs - fromMs > DAY_MS / 2)
    return at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
  return at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
}

/** The gravest of them is seen. */
const stateOf = (events: readonly Event[]): Event['state'] =>
  (['active', 'unknown'] as const).find((each) => events.some(({ state }) => state === each)) ?? 'inactive'

/** What a bar of several shows when it is opened: its time alone, so that they come apart. */
const closeTo = ({ fromMs, toMs }: Window, { left, width }: Span): Window => {
  const share = Math.max(width, NEAR) * 1.5
  const middleMs = fromMs + (left + width / 2) * (toMs - fromMs)
  const halfMs = (share * (toMs - fromMs)) / 2
  return { fromMs: middleMs - halfMs, toMs: middleMs + halfMs }
}

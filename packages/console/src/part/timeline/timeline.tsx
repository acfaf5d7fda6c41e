// SPDX-License-Identifier: Apache-2.0
/** What happened at a camera over time: a lane for each kind of event, and the times of which nobody knows. */
import { ActionIcon, SegmentedControl } from '@mantine/core'
import type { DeviceId, Event } from '@openhmp/contract'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type KeyboardEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { gapsQuery, timelineQuery } from '../../api/queries.ts'
import { EventRow } from '../event-row.tsx'
import page from '../page.module.css'
import { useNow } from '../time.tsx'
import { Band } from './band.tsx'
import { moved, spanIn, type Window, zoomed } from './layout.ts'
import css from './timeline.module.css'

const HOUR_MS = 3_600_000
const lengths = { hour: HOUR_MS, sixHours: 6 * HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS } as const
type Length = keyof typeof lengths
/** What is asked moves on in steps of so many to a window, not each second. */
const STEPS = 120
const AROUND_MS = 60_000

/** What keys make of the window; `at` is the share of it that stays where it is. */
const keys: Readonly<Record<string, (window: Window, nowMs: number, at: number) => Window>> = {
  '+': (window, nowMs, at) => zoomed(window, 0.5, at, nowMs),
  '=': (window, nowMs, at) => zoomed(window, 0.5, at, nowMs),
  '-': (window, nowMs, at) => zoomed(window, 2, at, nowMs),
  ArrowLeft: (window, nowMs) => moved(window, -0.25, nowMs),
  ArrowRight: (window, nowMs) => moved(window, 0.25, nowMs),
}

/** `channel`: events of others of the same device are left out. */
export function Timeline({ device, channel }: { device: DeviceId; channel: number | undefined }) {
  const { t } = useTranslation()
  const now = useNow()
  const [length, setLength] = useState<Length>('day')
  /** Undefined: up to now. */
  const [held, setHeld] = useState<Window>()
  const [chosen, setChosen] = useState<Event>()
  const step = lengths[length] / STEPS
  const nowMs = Math.ceil(now / step) * step
  const window = held ?? { fromMs: nowMs - lengths[length], toMs: nowMs }
  const span = { device, from: new Date(window.fromMs).toISOString(), to: new Date(window.toMs).toISOString() }
  const found = useQuery(timelineQuery(span)).data
  const gaps = useQuery({ ...gapsQuery(span), placeholderData: (before) => before }).data ?? []
  const events = (found?.events ?? []).filter(
    (event) => event.channel === null || event.channel === (channel ?? event.channel),
  )
  const show = (next: Window) => {
    const isFollowing = next.toMs >= now && Math.round(next.toMs - next.fromMs) === lengths[length]
    setHeld(isFollowing ? undefined : next)
  }
  const zoom = (factor: number, at: number) => show(zoomed(window, factor, at, nowMs))
  const onKeyDown = (event: KeyboardEvent) => {
    const act = keys[event.key]
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    // Around what is chosen; else what is newest stays.
    const atMs = chosen ? Date.parse(chosen.time) : window.toMs
    show(act(window, nowMs, spanIn(window, atMs, atMs)?.left ?? 1))
  }
  return (
    <section className={page['card']} aria-label={t('timeline.title')} onKeyDown={onKeyDown}>
      <div className={page['cardHead']}>
        <h2>{t('timeline.title')}</h2>
        <div className={css['ways']}>
          <SegmentedControl
            size="xs"
            aria-label={t('timeline.length')}
            value={held ? '' : length}
            onChange={(value) => {
              setLength(value as Length)
              setHeld(undefined)
            }}
            data={Object.keys(lengths).map((each) => ({ value: each, label: t(`timeline.${each as Length}`) }))}
          />
          <ActionIcon
            variant="subtle"
            aria-label={t('timeline.earlier')}
            onClick={() => show(moved(window, -0.5, nowMs))}
          >
            <IconChevronLeft size={18} />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            aria-label={t('timeline.later')}
            disabled={!held}
            onClick={() => show(moved(window, 0.5, nowMs))}
          >
            <IconChevronRight size={18} />
          </ActionIcon>
        </div>
      </div>
      <Band
        window={window}
        nowMs={now}
        events={events}
        summary={found?.summary}
        gaps={gaps}
        chosen={chosen?.id}
        onChoose={setChosen}
        onWindow={show}
        onZoom={zoom}
      />
      {chosen && (
        <div className={css['chosen']}>
          <EventRow event={events.find(({ id }) => id === chosen.id) ?? chosen} isWide />
          <Link className={page['link']} to="/events" search={{ device, ...around(chosen) }}>
            {t('timeline.inList')}
          </Link>
        </div>
      )}
      <p className={css['hint']}>{t('timeline.hint')}</p>
    </section>
  )
}

const around = ({ time, endedAt }: Event): { from: string; to: string } => ({
  from: new Date(Date.parse(time) - AROUND_MS).toISOString(),
  to: new Date(Date.parse(endedAt ?? time) + AROUND_MS).toISOString(),
})

// SPDX-License-Identifier: Apache-2.0
/** All events, newest first and growing at the top as they happen, with the times of which nobody knows. The choice stands in the address. */
import { Button, Menu } from '@mantine/core'
import { type DeviceId, type Event, ExportEvents, type Gap } from '@openhmp/contract'
import { IconBellRinging, IconDownload, IconFilterSearch } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { address } from '../../api/call.ts'
import {
  devicesQuery,
  type EventFilter,
  eventSummaryQuery,
  eventsQuery,
  gapsQuery,
  sessionQuery,
} from '../../api/queries.ts'
import { Empty } from '../../part/empty.tsx'
import { knownKinds } from '../../part/event-kind.tsx'
import { EventRow } from '../../part/event-row.tsx'
import { LinkButton } from '../../part/link-button.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { useFormat, useNow } from '../../part/time.tsx'
import type { EventSearch } from '../../search.ts'
import { type Change, EventFilters } from './event-filters.tsx'
import css from './events.module.css'
import { GapRow } from './gap-row.tsx'
import { Histogram } from './histogram.tsx'
import { columnsOf, windowOf } from './window.ts'

const states = ['active', 'inactive', 'unknown'] as const
const MINUTE_MS = 60_000

export function EventsPage() {
  const { t } = useTranslation()
  const search = useSearch({ from: '/app/events' })
  const navigate = useNavigate()
  const devices = useQuery(devicesQuery).data ?? []
  const user = useQuery(sessionQuery).data
  const mayRules = user?.everywhere.includes('event.view') ?? false
  const mayExport = user?.permissions.includes('event.export') ?? false
  const minute = Math.floor(useNow() / MINUTE_MS) * MINUTE_MS
  const state = states.find((each) => each === search.state)
  const { device, site, kind, text } = search
  const what: EventFilter = {
    ...(device === undefined ? {} : { device: device as DeviceId }),
    ...(site === undefined ? {} : { site }),
    ...(kind === undefined ? {} : { kind }),
    ...(text === undefined ? {} : { text }),
    ...(state === undefined ? {} : { state }),
  }
  const filter = { ...what, ...windowOf(search, minute) }
  const events = useInfiniteQuery({ ...eventsQuery(filter), placeholderData: (before) => before })
  const columns = columnsOf(search, minute)
  const { kind: _, ...anyKind } = what
  const summary = useQuery(eventSummaryQuery({ ...anyKind, ...columns })).data
  const gaps = useQuery(gapsQuery(filter)).data ?? []
  const rows = events.data?.pages.flatMap((each) => each.events) ?? []
  const isFiltered = Object.keys(filter).length > 0
  const kinds = [...new Set([...knownKinds.slice(0, 7), ...rows.map((row) => row.kind), ...(kind ? [kind] : [])])]
  const choose = (change: Change) =>
    void navigate({ to: '/events', search: { ...search, ...change } as EventSearch, replace: true })
  // Gaps have no kind, state or words: they are shown where those are not asked for, as far back as the list goes.
  const isPlain = kind === undefined && state === undefined && text === undefined && site === undefined
  const oldest = events.hasNextPage ? rows.at(-1)?.time : undefined
  const shown = isPlain ? gaps.filter(({ from }) => oldest === undefined || from >= oldest) : []
  return (
    <div className={page['page']}>
      <PageHeader
        title={t('events.title')}
        lead={
          <span className={css['following']}>
            <span className={css['pulse']} aria-hidden="true" />
            {t('events.lead')}
          </span>
        }
      >
        {mayRules && (
          <LinkButton to="/events/rules" variant="default">
            {t('rules.title')}
          </LinkButton>
        )}
        {mayExport && <Export filter={filter} />}
      </PageHeader>
      <EventFilters search={search} devices={devices} kinds={kinds} onChoose={choose} />
      {summary && (
        <Histogram
          summary={summary}
          {...columns}
          kind={kind}
          onKind={(one) => choose({ kind: one })}
          onTime={(from, to) => choose({ from, to, range: undefined })}
        />
      )}
      {events.error && <Problem error={events.error} onRetry={() => void events.refetch()} />}
      {events.data && rows.length === 0 && shown.length === 0 && (
        <div className={page['card']}>
          {isFiltered ? (
            <Empty icon={<IconFilterSearch />} title={t('events.noMatch')} />
          ) : (
            <Empty icon={<IconBellRinging />} title={t('events.none')} text={t('events.noneHelp')} />
          )}
        </div>
      )}
      <ByDay rows={rows} gaps={shown} />
      {events.hasNextPage && (
        <Button
          variant="default"
          fullWidth
          mt="md"
          loading={events.isFetchingNextPage}
          onClick={() => void events.fetchNextPage()}
        >
          {t('common.more')}
        </Button>
      )}
    </div>
  )
}

function Export({ filter }: { filter: EventFilter }) {
  const { t } = useTranslation()
  const link = (format: 'csv' | 'jsonl') => address(ExportEvents, {}, { ...filter, format })
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden="true" />}>
          {t('events.export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={link('csv')} download>
          {t('events.exportCsv')}
        </Menu.Item>
        <Menu.Item component="a" href={link('jsonl')} download>
          {t('events.exportJson')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

const dayOf = (time: string | number): string => new Date(time).toDateString()

type Row = { readonly time: string; readonly event: Event } | { readonly time: string; readonly gap: Gap }

function ByDay({ rows, gaps }: { rows: readonly Event[]; gaps: readonly Gap[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const now = useNow()
  const all: Row[] = [
    ...rows.map((event) => ({ time: event.time, event })),
    ...gaps.map((gap) => ({ time: gap.from, gap })),
  ].toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0))
  const nameOf = (day: string, time: string) => {
    if (day === dayOf(now)) return t('time.today')
    return day === dayOf(now - 86_400_000) ? t('time.yesterday') : format.day(time)
  }
  return [...Map.groupBy(all, ({ time }) => dayOf(time))].map(([day, list]) => (
    <section key={day} className={css['day']}>
      <h2>{nameOf(day, list[0]?.time ?? day)}</h2>
      <ul>
        {list.map((row) =>
          'event' in row ? (
            <li key={row.event.id}>
              <EventRow event={row.event} isWide />
            </li>
          ) : (
            <li key={row.gap.id} className={css['gapItem']}>
              <GapRow gap={row.gap} />
            </li>
          ),
        )}
      </ul>
    </section>
  ))
}

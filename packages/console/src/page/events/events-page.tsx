// SPDX-License-Identifier: Apache-2.0
/** All events, newest first and growing at the top as they happen; by kind, device and state. The choice stands in the address. */
import { Button, Select } from '@mantine/core'
import type { DeviceId, Event } from '@openhmp/contract'
import { IconBellRinging, IconFilterSearch } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { devicesQuery, eventsQuery } from '../api/queries.ts'
import { Empty } from '../part/empty.tsx'
import { knownKinds, useKindName } from '../part/event-kind.tsx'
import { EventRow } from '../part/event-row.tsx'
import page from '../part/page.module.css'
import { PageHeader } from '../part/page-header.tsx'
import { Problem } from '../part/problem.tsx'
import { useFormat, useNow } from '../part/time.tsx'
import type { EventSearch } from '../search.ts'
import css from './events.module.css'

const states = ['active', 'inactive', 'unknown'] as const

export function EventsPage() {
  const { t } = useTranslation()
  const kindName = useKindName()
  const search = useSearch({ from: '/app/events' })
  const navigate = useNavigate()
  const devices = useQuery(devicesQuery).data ?? []
  const state = states.find((each) => each === search.state)
  const filter = {
    ...(search.device === undefined ? {} : { device: search.device as DeviceId }),
    ...(search.kind === undefined ? {} : { kind: search.kind }),
    ...(state === undefined ? {} : { state }),
  }
  const events = useInfiniteQuery(eventsQuery(filter))
  const rows = events.data?.pages.flatMap((each) => each.events) ?? []
  const isFiltered = Object.keys(filter).length > 0
  const kinds = [
    ...new Set([...knownKinds.slice(0, 7), ...rows.map((row) => row.kind), ...(search.kind ? [search.kind] : [])]),
  ]
  const choose = (change: EventSearch) =>
    void navigate({ to: '/events', search: { ...search, ...change }, replace: true })
  const select = (label: string, all: string, name: keyof EventSearch, data: { value: string; label: string }[]) => (
    <Select
      aria-label={label}
      placeholder={all}
      className={css['select']}
      clearable
      comboboxProps={{ withinPortal: false }}
      searchable={data.length > 8}
      data={data}
      value={search[name] ?? null}
      onChange={(value) => choose({ [name]: value ?? undefined })}
      clearButtonProps={{ 'aria-label': t('devices.clearFilter') }}
    />
  )
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
      />
      <search className={css['filters']}>
        {select(
          t('events.kind'),
          t('events.allKinds'),
          'kind',
          kinds.map((kind) => ({ value: kind, label: kindName(kind) })),
        )}
        {select(
          t('events.device'),
          t('events.allDevices'),
          'device',
          devices.map((device) => ({ value: device.id, label: device.name })),
        )}
        {select(
          t('events.state'),
          t('events.allStates'),
          'state',
          states.map((each) => ({ value: each, label: t(`events.state_${each}`) })),
        )}
      </search>
      {events.error && <Problem error={events.error} onRetry={() => void events.refetch()} />}
      {events.data && rows.length === 0 && (
        <div className={page['card']}>
          {isFiltered ? (
            <Empty icon={<IconFilterSearch />} title={t('events.noMatch')} />
          ) : (
            <Empty icon={<IconBellRinging />} title={t('events.none')} text={t('events.noneHelp')} />
          )}
        </div>
      )}
      <ByDay rows={rows} />
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

const dayOf = (time: string | number): string => new Date(time).toDateString()

function ByDay({ rows }: { rows: readonly Event[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const now = useNow()
  const days = Map.groupBy(rows, (row) => dayOf(row.time))
  const nameOf = (day: string, time: string) => {
    if (day === dayOf(now)) return t('time.today')
    return day === dayOf(now - 86_400_000) ? t('time.yesterday') : format.day(time)
  }
  return [...days].map(([day, events]) => (
    <section key={day} className={css['day']}>
      <h2>{nameOf(day, events[0]?.time ?? day)}</h2>
      <ul>
        {events.map((event) => (
          <li key={event.id}>
            <EventRow event={event} isWide />
          </li>
        ))}
      </ul>
    </section>
  ))
}

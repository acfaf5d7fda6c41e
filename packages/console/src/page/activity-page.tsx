// SPDX-License-Identifier: Apache-2.0
/** The audit: who did what, from where, and how it ended. */
import { Button, Menu, Select, TextInput } from '@mantine/core'
import { AuditFilter, type AuditRow, ExportAudit } from '@openhmp/contract'
import { IconCheck, IconDownload, IconHistory, IconLock, IconUser, IconX } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { address } from '../api/call.ts'
import { auditQuery, devicesQuery } from '../api/queries.ts'
import { Empty } from '../part/empty.tsx'
import page from '../part/page.module.css'
import { PageHeader } from '../part/page-header.tsx'
import { Problem } from '../part/problem.tsx'
import { useFormat, useNow } from '../part/time.tsx'
import { viewingOf } from '../part/viewing.ts'
import type { ActivitySearch } from '../search.ts'
import { en } from '../text/en.ts'
import css from './activity.module.css'
import { Times } from './events/event-filters.tsx'
import { windowOf } from './events/window.ts'

const outcomeIcons = { done: IconCheck, refused: IconLock, failed: IconX } as const

export function ActivityPage() {
  const { t } = useTranslation()
  const search = useSearch({ from: '/app/activity' })
  const now = useMinute()
  const filter = filterOf(search, now)
  const audit = useInfiniteQuery(auditQuery(filter))
  const rows = audit.data?.pages.flatMap((each) => each.rows) ?? []
  return (
    <div className={page['page']}>
      <PageHeader title={t('activity.title')} lead={t('activity.lead')}>
        <Export filter={filter} />
      </PageHeader>
      <Filters search={search} />
      {audit.error && <Problem error={audit.error} onRetry={() => void audit.refetch()} />}
      {audit.data && rows.length === 0 && <Empty icon={<IconHistory />} title={t('activity.none')} />}
      {rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        <section className={`${page['card']} ${page['scroll']}`} tabIndex={0} aria-label={t('activity.title')}>
          <table className={`${page['table']} ${css['table']}`}>
            <thead>
              <tr>
                <th>{t('activity.time')}</th>
                <th>{t('activity.who')}</th>
                <th>{t('activity.action')}</th>
                <th>{t('activity.object')}</th>
                <th>{t('activity.outcome')}</th>
                <th>{t('activity.from')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.sequence} row={row} />
              ))}
            </tbody>
          </table>
        </section>
      )}
      {audit.hasNextPage && (
        <Button
          variant="default"
          fullWidth
          mt="md"
          loading={audit.isFetchingNextPage}
          onClick={() => void audit.fetchNextPage()}
        >
          {t('common.more')}
        </Button>
      )}
    </div>
  )
}

const OUTCOMES = AuditFilter.shape.outcome.unwrap().options

/** What is asked for, with the range of time up to now. */
const filterOf = ({ who, action, object, outcome, ...times }: ActivitySearch, nowMs: number): AuditFilter => {
  const known = OUTCOMES.find((one) => one === outcome)
  const given = { who, action, object, outcome: known }
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...windowOf(times, nowMs),
  }
}

/** The time by whole minutes. */
const useMinute = (): number => Math.floor(useNow() / 60_000) * 60_000

const ACTIONS = Object.keys(en.activity)
  .filter((key) => key.startsWith('act_'))
  .map((key) => ({ key, action: key.slice('act_'.length).replaceAll('_', '.') }))

function Filters({ search }: { search: ActivitySearch }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const devices = useQuery(devicesQuery).data
  const [who, setWho] = useState(search.who ?? '')
  const go = (change: { readonly [K in keyof ActivitySearch]?: ActivitySearch[K] | undefined }) =>
    void navigate({ to: '/activity', search: { ...search, ...change } as ActivitySearch, replace: true })
  return (
    <form
      className={css['filters']}
      onSubmit={(event) => {
        event.preventDefault()
        go({ who: who.trim() || undefined })
      }}
    >
      <TextInput
        aria-label={t('activity.who')}
        placeholder={t('activity.who')}
        leftSection={<IconUser size={16} aria-hidden="true" />}
        value={who}
        onChange={(event) => setWho(event.currentTarget.value)}
        onBlur={() => go({ who: who.trim() || undefined })}
      />
      <Select
        aria-label={t('activity.action')}
        placeholder={t('activity.action')}
        data={ACTIONS.map(({ key, action }) => ({ value: action, label: t(`activity.${key as 'act_device_add'}`) }))}
        value={search.action ?? null}
        clearable
        clearButtonProps={{ 'aria-label': t('activity.clear') }}
        searchable
        onChange={(action) => go({ action: action ?? undefined })}
      />
      <Select
        aria-label={t('activity.outcome')}
        placeholder={t('activity.allOutcomes')}
        data={OUTCOMES.map((value) => ({ value, label: t(`activity.outcome_${value}`) }))}
        value={search.outcome ?? null}
        clearable
        clearButtonProps={{ 'aria-label': t('activity.clear') }}
        onChange={(outcome) => go({ outcome: outcome ?? undefined })}
      />
      {search.object !== undefined && (
        <Button variant="light" rightSection={<IconX size={14} />} onClick={() => go({ object: undefined })}>
          {devices?.find(({ id }) => id === search.object)?.name ?? search.object}
        </Button>
      )}
      <Times search={search} onChoose={go} />
    </form>
  )
}

function Export({ filter }: { filter: AuditFilter }) {
  const { t } = useTranslation()
  const link = (format: 'csv' | 'jsonl') => address(ExportAudit, {}, { ...filter, format })
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

function Row({ row }: { row: AuditRow }) {
  const { t } = useTranslation()
  const format = useFormat()
  const devices = useQuery(devicesQuery).data
  const Icon = outcomeIcons[row.outcome]
  const actionName = (action: string): string => {
    const key = `act_${action.replaceAll('.', '_')}`
    return key in en.activity ? t(`activity.${key as 'act_device_add'}`) : action
  }
  // A device by its name; a person's number says nothing that `who` does not.
  const objectName = (object: string | null): string => {
    if (object === null || /^(session|system)\./.test(row.action)) return '—'
    return devices?.find((device) => device.id === object)?.name ?? object
  }
  const detail = useDetail(row)
  return (
    <tr>
      <td className={css['time']}>
        <time dateTime={row.time} className="number">
          {format.dateTime(row.time)}
        </time>
      </td>
      <td className={css['who']}>{row.who}</td>
      <td>
        <span title={row.action}>{actionName(row.action)}</span>
        {detail && <div className={css['detail']}>{detail}</div>}
      </td>
      <td className={`${page['cut']} ${css['object']}`} title={row.object ?? undefined}>
        {objectName(row.object)}
      </td>
      <td>
        <span className={css['outcome']} data-outcome={row.outcome}>
          <Icon size={15} aria-hidden="true" />
          {t(`activity.outcome_${row.outcome}`)}
        </span>
      </td>
      <td className={`${page['dim']} ${css['from']}`}>{row.from}</td>
    </tr>
  )
}

/** What else there is to say: of a viewing in words, of all else as it stands. */
const useDetail = (row: AuditRow): string => {
  const { t } = useTranslation()
  const format = useFormat()
  const viewing = viewingOf(row)
  if (!viewing)
    return Object.entries(row.detail)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}: ${write(value)}`)
      .join(' · ')
  const { channel, sights, screen, seconds } = viewing
  return [
    ...(channel === undefined ? [] : [t('activity.channel', { channel })]),
    ...sights.map((sight) => t(`activity.saw_${sight}`)),
    ...(seconds === undefined ? [] : [format.span(seconds * 1000)]),
    ...(screen === undefined ? [] : [t('activity.screen', { name: screen })]),
  ].join(' · ')
}

const write = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(write).join('; ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

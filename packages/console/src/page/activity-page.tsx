// SPDX-License-Identifier: Apache-2.0
/** The audit: who did what, from where, and how it ended. */
import { Button } from '@mantine/core'
import type { AuditRow } from '@openhmp/contract'
import { IconCheck, IconHistory, IconLock, IconX } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { auditQuery, devicesQuery } from '../api/queries.ts'
import { Empty } from '../part/empty.tsx'
import page from '../part/page.module.css'
import { PageHeader } from '../part/page-header.tsx'
import { Problem } from '../part/problem.tsx'
import { useFormat } from '../part/time.tsx'
import { en } from '../text/en.ts'
import css from './activity.module.css'

const outcomeIcons = { done: IconCheck, refused: IconLock, failed: IconX } as const

export function ActivityPage() {
  const { t } = useTranslation()
  const audit = useInfiniteQuery(auditQuery)
  const rows = audit.data?.pages.flatMap((each) => each.rows) ?? []
  return (
    <div className={page['page']}>
      <PageHeader title={t('activity.title')} lead={t('activity.lead')} />
      {audit.error && <Problem error={audit.error} onRetry={() => void audit.refetch()} />}
      {audit.data && rows.length === 0 && <Empty icon={<IconHistory />} title={t('activity.none')} />}
      {rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        <section className={`${page['card']} ${page['scroll']}`} tabIndex={0} aria-label={t('activity.title')}>
          <table className={page['table']}>
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

function Row({ row }: { row: AuditRow }) {
  const { t } = useTranslation()
  const format = useFormat()
  const devices = useQuery(devicesQuery).data
  const Icon = outcomeIcons[row.outcome]
  const actionName = (action: string): string => {
    const key = `act_${action.replace('.', '_')}`
    return key in en.activity ? t(`activity.${key as 'act_device_add'}`) : action
  }
  // A device by its name; a person's number says nothing that `who` does not.
  const objectName = (object: string | null): string => {
    if (object === null || /^(session|system)\./.test(row.action)) return '—'
    return devices?.find((device) => device.id === object)?.name ?? object
  }
  const detail = Object.entries(row.detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${write(value)}`)
    .join(' · ')
  return (
    <tr>
      <td className={css['time']}>
        <time dateTime={row.time} className="number">
          {format.dateTime(row.time)}
        </time>
      </td>
      <td>{row.who}</td>
      <td>
        <span title={row.action}>{actionName(row.action)}</span>
        {detail && <div className={css['detail']}>{detail}</div>}
      </td>
      <td className={page['cut']} title={row.object ?? undefined}>
        {objectName(row.object)}
      </td>
      <td>
        <span className={css['outcome']} data-outcome={row.outcome}>
          <Icon size={15} aria-hidden="true" />
          {t(`activity.outcome_${row.outcome}`)}
        </span>
      </td>
      <td className={page['dim']}>{row.from}</td>
    </tr>
  )
}

const write = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(write).join('; ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

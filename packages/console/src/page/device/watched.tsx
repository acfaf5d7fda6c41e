// SPDX-License-Identifier: Apache-2.0
/** Who watched a device's cameras lately, for those who may see what everybody does. */
import type { Device } from '@openhmp/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { auditQuery, sessionQuery } from '../../api/queries.ts'
import { camerasOf } from '../../part/cameras.ts'
import page from '../../part/page.module.css'
import { Ago, useFormat } from '../../part/time.tsx'
import { viewingsOf } from '../../part/viewing.ts'
import css from './device.module.css'

/** As many as fit beside the rest. */
const LATEST = 6

export function WatchedCard({ device }: { device: Device }) {
  const may = useQuery(sessionQuery).data?.everywhere.includes('audit.view') ?? false
  return may ? <Watched device={device} /> : null
}

function Watched({ device }: { device: Device }) {
  const { t } = useTranslation()
  const format = useFormat()
  const filter = { action: 'viewing.', object: device.id }
  const pages = useInfiniteQuery(auditQuery(filter)).data?.pages
  const viewings = viewingsOf(pages?.[0]?.rows ?? []).slice(0, LATEST)
  const isMany = camerasOf([device]).length > 1
  return (
    <section className={page['card']}>
      <div className={page['cardHead']}>
        <h2>{t('activity.watched')}</h2>
        {viewings.length > 0 && (
          <Link to="/activity" search={filter} className={page['link']}>
            {t('activity.watchedAll')}
          </Link>
        )}
      </div>
      {pages && viewings.length === 0 && <p className={css['none']}>{t('activity.watchedNone')}</p>}
      <ul className={css['orders']}>
        {viewings.map(({ id, who, sights, channel, seconds, screen, beganAt }) => (
          <li key={id}>
            <span>{screen === undefined ? who : `${who} · ${t('activity.screen', { name: screen })}`}</span>
            <span className={page['dim']}>
              {[
                ...(isMany && channel !== undefined ? [t('activity.channel', { channel })] : []),
                ...sights.map((sight) => t(`activity.saw_${sight}`)),
              ].join(' · ')}
            </span>
            <span className={page['dim']}>
              <Ago time={beganAt} /> ·{' '}
              {seconds === undefined ? t('activity.stillWatches') : format.span(seconds * 1000)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** Events as they happen, beside the wall. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { eventsQuery } from '../api/queries.ts'
import css from './event-rail.module.css'
import { EventRow } from './event-row.tsx'

/** More than a screen's height of them is what the events page is for. */
const SHOWN = 40

export function EventRail() {
  const { t } = useTranslation()
  const pages = useInfiniteQuery(eventsQuery()).data?.pages
  const events = pages?.flatMap((page) => page.events).slice(0, SHOWN) ?? []
  const active = events.filter((event) => event.state === 'active').length
  return (
    <aside className={css['rail']} aria-label={t('events.rail')}>
      <div className={css['head']}>
        <h2>{t('events.rail')}</h2>
        {active > 0 && <span className={css['active']}>{t('events.activeNow', { count: active })}</span>}
        <Link to="/events" className={css['all']}>
          {t('events.all')}
        </Link>
      </div>
      {pages && events.length === 0 && (
        <p className={css['none']}>
          <strong>{t('events.none')}</strong>
          {t('events.noneHelp')}
        </p>
      )}
      <ul>
        {events.map((event) => (
          <li key={event.id}>
            <EventRow event={event} />
          </li>
        ))}
      </ul>
    </aside>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** The camera that was chosen on a plan: its live picture, what goes on, and the ways to more. */
import { ActionIcon } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { eventsQuery } from '../../api/queries.ts'
import { EventRow } from '../../part/event-row.tsx'
import { LivePicture } from '../../part/live-picture.tsx'
import { StateBadge } from '../../part/state-badge.tsx'
import css from './map.module.css'
import type { Standing } from './standing.ts'

/** The last few things that happened there. */
const SHOWN = 3

export function CameraCard({ standing, onClose }: { standing: Standing; onClose: () => void }) {
  const { t } = useTranslation()
  const { camera, severity } = standing
  const pages = useInfiniteQuery(eventsQuery({ device: camera.device.id })).data?.pages
  const events = pages?.flatMap((page) => page.events).filter(({ channel }) => (channel ?? 1) === camera.channel.id)
  return (
    <aside className={css['card']} aria-label={camera.name}>
      <header>
        <div>
          <h2>{camera.name}</h2>
          <StateBadge state={camera.device.state.state} />
        </div>
        <ActionIcon variant="subtle" color="gray" aria-label={t('common.close')} onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      </header>
      <div className={css['live']}>
        <LivePicture camera={camera} />
      </div>
      <nav className={css['ways']} aria-label={t('map.more')}>
        <Link to="/" search={{ camera: camera.key }}>
          {t('map.onWall')}
        </Link>
        <Link to="/devices/$id" params={{ id: camera.device.id }}>
          {t('map.device')}
        </Link>
        {severity && <Link to="/alarms">{t('map.alarms')}</Link>}
      </nav>
      {events && events.length > 0 && (
        <ul>
          {events.slice(0, SHOWN).map((event) => (
            <li key={event.id}>
              <EventRow event={event} />
            </li>
          ))}
        </ul>
      )}
    </aside>
  )
}

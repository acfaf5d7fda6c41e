// SPDX-License-Identifier: Apache-2.0
/** The frame of the console: navigation (a rail, on phones a bar at the foot), the link banner, and the page. */

import {
  IconBellRinging,
  IconDeviceCctv,
  IconHistory,
  IconLayoutGrid,
  IconListCheck,
  type IconProps,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { useTranslation } from 'react-i18next'
import { sessionQuery } from '../api/queries.ts'
import { Logo } from '../part/logo.tsx'
import { AccountMenu } from './account-menu.tsx'
import { Announcer } from './announcer.tsx'
import { LinkBanner } from './link-banner.tsx'
import { Reactions } from './reactions.tsx'
import css from './shell.module.css'

const places: readonly {
  to: string
  key: 'wall' | 'devices' | 'events' | 'fleet' | 'activity'
  icon: ComponentType<IconProps>
}[] = [
  { to: '/', key: 'wall', icon: IconLayoutGrid },
  { to: '/devices', key: 'devices', icon: IconDeviceCctv },
  { to: '/events', key: 'events', icon: IconBellRinging },
  { to: '/fleet', key: 'fleet', icon: IconListCheck },
  { to: '/activity', key: 'activity', icon: IconHistory },
]

export function Shell() {
  const { t } = useTranslation()
  const user = useQuery(sessionQuery).data
  const mayAudit = user?.permissions.includes('audit.view') ?? false
  return (
    <div className={css['shell']}>
      <a href="#page" className={css['skip']}>
        {t('common.skip')}
      </a>
      <nav className={css['rail']} aria-label={t('nav.label')}>
        <Link to="/" className={css['mark']} aria-label={t('common.product')}>
          <Logo size={34} />
        </Link>
        <ul className={css['places']}>
          {places
            .filter((place) => place.key !== 'activity' || mayAudit)
            .map(({ to, key, icon: Icon }) => (
              <li key={key}>
                <Link to={to} className={css['place']} activeOptions={{ exact: to === '/', includeSearch: false }}>
                  <Icon size={22} stroke={1.7} aria-hidden="true" />
                  <span>{t(`nav.${key}`)}</span>
                </Link>
              </li>
            ))}
        </ul>
        <AccountMenu />
      </nav>
      <div className={css['body']}>
        <LinkBanner />
        <main id="page" className={css['page']} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Announcer />
      <Reactions />
    </div>
  )
}

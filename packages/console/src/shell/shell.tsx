// SPDX-License-Identifier: Apache-2.0
/** The frame of the console: navigation (a rail, on phones a bar at the foot), the link banner, and the page. */
import { IconLock } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { sessionQuery } from '../api/queries.ts'
import { FirstPassword } from '../page/account/first-password.tsx'
import { Empty } from '../part/empty.tsx'
import { Logo } from '../part/logo.tsx'
import { AccountMenu } from './account-menu.tsx'
import { AlarmBell } from './alarm-bell.tsx'
import { Announcer } from './announcer.tsx'
import { LinkBanner } from './link-banner.tsx'
import { Places } from './places.tsx'
import { ProofDialog } from './proof-dialog.tsx'
import { Reactions } from './reactions.tsx'
import css from './shell.module.css'

export function Shell() {
  const { t } = useTranslation()
  const user = useQuery(sessionQuery).data
  return (
    <div className={css['shell']}>
      <a href="#page" className={css['skip']}>
        {t('common.skip')}
      </a>
      <nav className={css['rail']} aria-label={t('nav.label')}>
        <Link to="/" className={css['mark']} aria-label={t('common.product')}>
          <Logo size={34} />
        </Link>
        <Places />
        <AccountMenu />
      </nav>
      <div className={css['body']}>
        <LinkBanner />
        <main id="page" className={css['page']} tabIndex={-1}>
          {user?.mustChangePassword ? (
            <FirstPassword />
          ) : user?.permissions.length === 0 ? (
            <Empty icon={<IconLock />} title={t('people.noRights')} text={t('people.noRightsHelp')} />
          ) : (
            <Outlet />
          )}
        </main>
      </div>
      <ProofDialog />
      <Announcer />
      <Reactions />
      <AlarmBell />
    </div>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** Where one can go. On a phone there is room for the first four; the others stand behind "More". */
import { Menu, UnstyledButton } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { Permission } from '@openhmp/contract'
import {
  IconBellRinging,
  IconDeviceCctv,
  IconDots,
  IconHistory,
  IconLayoutGrid,
  IconListCheck,
  IconMap2,
  IconPlugConnected,
  type IconProps,
  IconUrgent,
  IconUsers,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useRouterState } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { useTranslation } from 'react-i18next'
import { alarmCountsQuery } from '../api/alarm-queries.ts'
import { sessionQuery } from '../api/queries.ts'
import css from './shell.module.css'

interface Place {
  to: string
  key: 'wall' | 'devices' | 'alarms' | 'events' | 'map' | 'fleet' | 'links' | 'people' | 'activity'
  icon: ComponentType<IconProps>
  /** For those who may do this everywhere. */
  needs?: Permission
}

const places: readonly Place[] = [
  { to: '/', key: 'wall', icon: IconLayoutGrid },
  { to: '/devices', key: 'devices', icon: IconDeviceCctv },
  { to: '/alarms', key: 'alarms', icon: IconUrgent },
  { to: '/events', key: 'events', icon: IconBellRinging },
  { to: '/map', key: 'map', icon: IconMap2 },
  { to: '/fleet', key: 'fleet', icon: IconListCheck, needs: 'device.view' },
  { to: '/links', key: 'links', icon: IconPlugConnected, needs: 'device.view' },
  { to: '/people', key: 'people', icon: IconUsers, needs: 'user.manage' },
  { to: '/activity', key: 'activity', icon: IconHistory, needs: 'audit.view' },
]
const ON_A_PHONE = 4

export function Places() {
  const { t } = useTranslation()
  const user = useQuery(sessionQuery).data
  const isPhone = useMediaQuery('(max-width: 700px)', undefined, { getInitialValueInEffect: false })
  // A screen of a control room shows what happens; how the system is run is not its business.
  const isScreen = user?.wall !== undefined
  const allowed = places.filter(({ needs }) => needs === undefined || (!isScreen && user?.everywhere.includes(needs)))
  const shown = isPhone ? allowed.slice(0, ON_A_PHONE) : allowed
  const rest = allowed.slice(shown.length)
  return (
    <ul className={css['places']}>
      {shown.map(({ to, key, icon: Icon }) => (
        <li key={key}>
          <Link to={to} className={css['place']} activeOptions={{ exact: to === '/', includeSearch: false }}>
            <Icon size={22} stroke={1.7} aria-hidden="true" />
            <span>{t(`nav.${key}`)}</span>
            {key === 'alarms' && <AlarmBadge />}
          </Link>
        </li>
      ))}
      {rest.length > 0 && (
        <li>
          <More places={rest} />
        </li>
      )}
    </ul>
  )
}

function More({ places: rest }: { places: readonly Place[] }) {
  const { t } = useTranslation()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const isThere = rest.some(({ to }) => path.startsWith(to))
  return (
    <Menu position="top-end" shadow="lg">
      <Menu.Target>
        <UnstyledButton className={css['place']} data-current={isThere}>
          <IconDots size={22} stroke={1.7} aria-hidden="true" />
          <span>{t('nav.more')}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {rest.map(({ to, key, icon: Icon }) => (
          <Menu.Item
            key={key}
            leftSection={<Icon size={18} aria-hidden="true" />}
            renderRoot={(props) => <Link to={to} {...props} />}
          >
            {t(`nav.${key}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** How many alarms nobody has acknowledged, in the colour of the gravest. */
function AlarmBadge() {
  const { t } = useTranslation()
  const counts = useQuery(alarmCountsQuery).data?.new
  if (!counts) return null
  const count = counts.critical + counts.high + counts.low
  if (count === 0) return null
  const severity = counts.critical > 0 ? 'critical' : counts.high > 0 ? 'high' : 'low'
  return (
    <span className={css['badge']} data-severity={severity}>
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span className={css['heard']}>{t('alarms.badge', { count })}</span>
    </span>
  )
}

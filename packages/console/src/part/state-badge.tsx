// SPDX-License-Identifier: Apache-2.0
/** A device's state: colour, shape and word, so that none of the three is needed alone. */
import type { DeviceState } from '@openhmp/contract'
import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconCircleXFilled,
  IconLoader2,
  IconLockFilled,
  IconRefresh,
} from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import css from './state-badge.module.css'

type State = DeviceState['state']

const icons = {
  connecting: IconLoader2,
  online: IconCircleCheckFilled,
  degraded: IconAlertTriangleFilled,
  unreachable: IconCircleXFilled,
  refused: IconLockFilled,
  locked: IconLockFilled,
  'not-activated': IconAlertTriangleFilled,
  restarting: IconRefresh,
} as const

export function StateIcon({ state, size = 14 }: { state: State; size?: number }) {
  const Icon = icons[state]
  return <Icon size={size} className={css['icon']} data-state={state} aria-hidden="true" />
}

export function StateBadge({ state }: { state: State }) {
  const { t } = useTranslation()
  return (
    <span className={css['badge']} data-state={state}>
      <StateIcon state={state} />
      {t(`devices.state_${state}`)}
    </span>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** Devices that are no longer what the kept file says, as they were last compared; absent while there are none. */
import type { Difference } from '@openhmp/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { driftQuery } from '../../api/queries.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import { Ago } from '../../part/time.tsx'
import css from './fleet.module.css'

/** Devices that are listed; how many there are is said in any case. */
const MAX_LISTED = 50

export function DriftCard() {
  const { t } = useTranslation()
  const drift = useQuery(driftQuery)
  const devices = drift.data ?? []
  if (!drift.error && devices.length === 0) return null
  return (
    <section className={page['card']} aria-label={t('fleet.drift')}>
      <div className={page['cardHead']}>
        <h2>{t('fleet.drift')}</h2>
      </div>
      {drift.error && <Problem error={drift.error} onRetry={() => void drift.refetch()} />}
      {devices.length > 0 && <p className={css['none']}>{t('fleet.drifted', { count: devices.length })}</p>}
      <ul className={css['devices']}>
        {devices.slice(0, MAX_LISTED).map(({ device, deviceName, checkedAt, plan }) => (
          <li key={device}>
            <div className={css['deviceHead']}>
              <Link to="/devices/$id" params={{ id: device }} className={page['link']}>
                {deviceName}
              </Link>
              <span className={page['dim']}>{fieldsOf(plan.differences)}</span>
              <span className={page['dim']}>
                <Ago time={checkedAt} />
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Each section and field once: several channels differ in the same. */
const fieldsOf = (differences: readonly Difference[]): string =>
  [...new Set(differences.map(({ section, field }) => `${section}.${field}`))].join(', ')

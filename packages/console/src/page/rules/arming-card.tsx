// SPDX-License-Identifier: Apache-2.0
/** The switch of each site. */
import { Switch } from '@mantine/core'
import { type Arming, SetArming } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import { Ago } from '../../part/time.tsx'
import { armingQuery, reloadRules } from './queries.ts'
import css from './rules.module.css'

export function ArmingCard({ may }: { may: boolean }) {
  const { t } = useTranslation()
  const { data: sites } = useQuery(armingQuery)
  if (!sites?.length) return null
  return (
    <section className={page['card']} aria-label={t('rules.armingTitle')}>
      <div className={page['cardHead']}>
        <h2>{t('rules.armingTitle')}</h2>
        <span className={css['hint']}>{t('rules.armingHelp')}</span>
      </div>
      <ul className={css['sites']}>
        {sites.map((site) => (
          <Site key={site.site} arming={site} may={may} />
        ))}
      </ul>
    </section>
  )
}

function Site({ arming: { site, isArmed, since, by }, may }: { arming: Arming; may: boolean }) {
  const { t } = useTranslation()
  const turn = useMutation({
    mutationFn: (to: boolean) => call(SetArming, { body: { site, isArmed: to } }),
    onSuccess: reloadRules,
  })
  return (
    <li>
      <Switch
        checked={isArmed}
        disabled={!may || turn.isPending}
        aria-label={t('rules.arm', { site })}
        onChange={({ currentTarget: { checked } }) => turn.mutate(checked)}
      />
      <div className={css['words']}>
        <strong>{site}</strong>
        <span className={page['dim']}>
          {t(isArmed ? 'rules.armed' : 'rules.disarmed')}
          {since !== null && by !== null && (
            <>
              {' · '}
              {by}, <Ago time={since} />
            </>
          )}
        </span>
        {turn.error && <Problem error={turn.error} />}
      </div>
    </li>
  )
}

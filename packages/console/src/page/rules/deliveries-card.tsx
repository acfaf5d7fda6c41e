// SPDX-License-Identifier: Apache-2.0
/** What nobody has taken yet: given up, or tried again. Not there when there is nothing. */
import { Button } from '@mantine/core'
import { type Delivery, RetryDelivery } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import { Ago } from '../../part/time.tsx'
import { openDeliveriesQuery, reloadRules } from './queries.ts'
import css from './rules.module.css'

const MOST_WAITING = 5

export function DeliveriesCard({ may }: { may: boolean }) {
  const { t } = useTranslation()
  const { data } = useQuery(openDeliveriesQuery)
  const retry = useMutation({
    mutationFn: (id: string) => call(RetryDelivery, { params: { id } }),
    onSuccess: reloadRules,
  })
  const dead = data?.filter(({ state }) => state === 'dead') ?? []
  // What has not been tried yet waits for nothing but its turn; of many that wait for one thing, a few tell it.
  const waiting = data?.filter(({ state, attempts }) => state === 'waiting' && attempts > 0) ?? []
  const shown = [...dead, ...waiting.slice(0, MOST_WAITING)]
  if (shown.length === 0) return null
  return (
    <section className={page['card']} aria-label={t('rules.deadTitle')}>
      <div className={page['cardHead']}>
        <h2>{t('rules.deadTitle')}</h2>
      </div>
      {retry.error && <Problem error={retry.error} />}
      <div className={page['scroll']}>
        <table className={page['table']}>
          <thead>
            <tr>
              <th>{t('rules.when')}</th>
              <th>{t('rules.rule')}</th>
              <th>{t('rules.target')}</th>
              <th>{t('rules.state')}</th>
              <th aria-label={t('rules.again')} />
            </tr>
          </thead>
          <tbody>
            {shown.map((delivery) => (
              <Row key={delivery.id} delivery={delivery} may={may} onRetry={() => retry.mutate(delivery.id)} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Row({ delivery, may, onRetry }: { delivery: Delivery; may: boolean; onRetry: () => void }) {
  const { t } = useTranslation()
  const { createdAt, ruleName, target, state, attempts, text } = delivery
  return (
    <tr>
      <td>
        <Ago time={createdAt} />
      </td>
      <td>{ruleName}</td>
      <td>{target}</td>
      <td data-state={state} className={css['state']}>
        {t(`rules.state_${state}`)}
        {text && <span className={page['dim']}> · {t('rules.attempts', { count: attempts, text })}</span>}
      </td>
      <td>
        {may && (
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            {t('rules.again')}
          </Button>
        )}
      </td>
    </tr>
  )
}

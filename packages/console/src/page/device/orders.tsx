// SPDX-License-Identifier: Apache-2.0
/** What was ordered of a device, and how far the latest order is: asked for, taken, gone, back. */
import type { DeviceId, Order } from '@openhmp/contract'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ordersQuery } from '../../api/queries.ts'
import page from '../../part/page.module.css'
import { Ago, useFormat, useNow } from '../../part/time.tsx'
import css from './device.module.css'

const steps = ['queued', 'sent', 'waiting', 'done'] as const

export function Orders({ device }: { device: DeviceId }) {
  const { t } = useTranslation()
  const orders = useQuery(ordersQuery(device)).data
  const [latest, ...earlier] = orders ?? []
  return (
    <section className={page['card']}>
      <div className={page['cardHead']}>
        <h2>{t('device.orders')}</h2>
      </div>
      {orders && !latest && <p className={css['none']}>{t('device.noOrders')}</p>}
      {latest && <Progress order={latest} />}
      <ul className={css['orders']}>
        {earlier.slice(0, 5).map((order) => (
          <li key={order.id}>
            <span>{t(`order.kind_${order.kind}`)}</span>
            <span data-state={order.state}>{t(`order.state_${order.state}`)}</span>
            <span className={page['dim']}>
              {t('order.by', { name: order.by })} · <Ago time={order.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Progress({ order }: { order: Order }) {
  const { t } = useTranslation()
  const format = useFormat()
  const now = useNow()
  const hasFailed = order.state === 'failed'
  const at = hasFailed ? -1 : steps.indexOf(order.state as (typeof steps)[number])
  const ended = order.endedAt === null ? now : Date.parse(order.endedAt)
  const time = format.span(ended - Date.parse(order.createdAt))
  return (
    <div className={css['progress']}>
      <div className={css['order']}>
        <strong>{t(`order.kind_${order.kind}`)}</strong>
        <span className={page['dim']}>
          {t('order.by', { name: order.by })} · <Ago time={order.createdAt} />
        </span>
      </div>
      <ol aria-label={t('order.progress')}>
        {steps.map((step, i) => (
          <li key={step} data-step={stepState(i, at)} aria-current={i === at ? 'step' : undefined}>
            <span className={css['mark']}>
              {stepState(i, at) === 'done' && <IconCheck size={13} stroke={3} aria-hidden="true" />}
            </span>
            {t(`order.step_${step}`)}
          </li>
        ))}
        {hasFailed && (
          <li data-step="failed">
            <span className={css['mark']}>
              <IconX size={13} stroke={3} aria-hidden="true" />
            </span>
            {t('order.state_failed')}
          </li>
        )}
      </ol>
      <p role="status" className={page['dim']}>
        {t(`order.state_${order.state}`)} · {t(order.endedAt === null ? 'order.elapsed' : 'order.took', { time })}
        {order.text && ` · ${order.text}`}
      </p>
    </div>
  )
}

const stepState = (step: number, at: number): 'done' | 'now' | 'ahead' => {
  if (step < at || at === steps.length - 1) return 'done'
  return step === at ? 'now' : 'ahead'
}

// SPDX-License-Identifier: Apache-2.0
/** What rules did: each time one fired, why, and what came of it; and the events that they have marked. */
import type { Firing, Reason } from '@openhmp/contract'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useKindName } from '../../part/event-kind.tsx'
import page from '../../part/page.module.css'
import { Ago } from '../../part/time.tsx'
import { bookmarksQuery, firingsQuery } from './queries.ts'
import css from './rules.module.css'

export function FiringsCard() {
  const { t } = useTranslation()
  const { data } = useQuery(firingsQuery)
  if (!data?.length) return null
  return (
    <section className={page['card']} aria-label={t('rules.told')}>
      <div className={page['cardHead']}>
        <h2>{t('rules.told')}</h2>
      </div>
      <div className={page['scroll']}>
        <table className={page['table']}>
          <thead>
            <tr>
              <th>{t('rules.when')}</th>
              <th>{t('rules.rule')}</th>
              <th>{t('rules.why')}</th>
              <th>{t('rules.outcome')}</th>
            </tr>
          </thead>
          <tbody>
            {data.map((firing) => (
              <Row key={firing.id} firing={firing} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Row({ firing }: { firing: Firing }) {
  const { t } = useTranslation()
  const kindName = useKindName()
  const because = useBecause()
  const { at, ruleName, kind, deviceName, channelName, moment, reason, outcomes, isGrouped } = firing
  const camera = channelName === null || channelName === deviceName ? deviceName : `${deviceName}, ${channelName}`
  const what = t(moment === 'began' ? 'rules.begins' : 'rules.ends', { kinds: kindName(kind) })
  const why = [moment === 'lost' ? `${kindName(kind)}: ${t('rules.moment_lost')}` : what, ...because(reason)]
  return (
    <tr>
      <td>
        <Ago time={at} />
      </td>
      <td>{ruleName}</td>
      <td>
        {camera}
        <div className={page['dim']}>{why.join(' · ')}</div>
      </td>
      <td>
        {outcomes.map(({ id, target, state, text }) => (
          <div key={id} data-state={state} className={css['state']}>
            {target}: {t(`rules.state_${state}`)}
            {text && <span className={page['dim']}> · {text}</span>}
          </div>
        ))}
        {isGrouped && <span className={page['dim']}>{t('rules.grouped')}</span>}
      </td>
    </tr>
  )
}

const useBecause = () => {
  const { t } = useTranslation()
  const kindName = useKindName()
  return ({ isArmed, after, heldDown, notes }: Reason): string[] => [
    ...(isArmed === null ? [] : [t(isArmed ? 'rules.isArmed' : 'rules.isDisarmed')]),
    ...(after
      ? [t('rules.cameAfter', { seconds: after.seconds, kind: kindName(after.kind), device: after.deviceName })]
      : []),
    ...(heldDown > 0 ? [t('rules.heldDown', { count: heldDown })] : []),
    ...notes.map((note) => (note === 'late' || note === 'state' ? t(`rules.note_${note}`) : note)),
  ]
}

export function BookmarksCard() {
  const { t } = useTranslation()
  const kindName = useKindName()
  const { data } = useQuery(bookmarksQuery)
  if (!data?.length) return null
  return (
    <section className={page['card']} aria-label={t('rules.marked')}>
      <div className={page['cardHead']}>
        <h2>{t('rules.marked')}</h2>
      </div>
      <ul className={css['marks']}>
        {data.map(({ event, time, kind, deviceName, by }) => (
          <li key={event}>
            <Ago time={time} /> {kindName(kind)}, {deviceName} <span className={page['dim']}>· {by}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

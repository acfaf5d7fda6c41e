// SPDX-License-Identifier: Apache-2.0
/** What a rule would have done in the last days: how often, and the newest of it. */
import { Collapse, UnstyledButton } from '@mantine/core'
import type { NewRule } from '@openhmp/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useKindName } from '../../part/event-kind.tsx'
import page from '../../part/page.module.css'
import { useFormat } from '../../part/time.tsx'
import { PAST_DAYS, pastQuery } from './queries.ts'
import css from './rules.module.css'

const SHOWN = 12

export function Past({ rule }: { rule: NewRule }) {
  const { t } = useTranslation()
  const format = useFormat()
  const kindName = useKindName()
  const [isOpen, setOpen] = useState(false)
  const { data } = useQuery(pastQuery(rule))
  if (!data) return null
  const { fired, messages, isAll, unknown, events } = data
  const said = { count: fired, number: format.number(fired), days: PAST_DAYS }
  return (
    <div className={css['past']}>
      <div role="status">
        {isAll ? t('rules.past', said) : t('rules.pastMore', said)}{' '}
        {messages < fired && t('rules.pastMessages', { count: messages })}{' '}
        {unknown.includes('arming') && t('rules.pastArming')}
      </div>
      {events.length > 0 && (
        <UnstyledButton className={page['link']!} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {t('rules.pastShow')}
        </UnstyledButton>
      )}
      <Collapse expanded={isOpen}>
        <ul className={css['pastList']}>
          {events.slice(0, SHOWN).map(({ id, time, kind, deviceName, moment }) => (
            <li key={`${id} ${moment}`}>
              <time dateTime={time} className="number">
                {format.dateTime(time)}
              </time>{' '}
              {kindName(kind)}, {deviceName}
            </li>
          ))}
        </ul>
      </Collapse>
    </div>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** One alarm in the queue. */
import { VisuallyHidden } from '@mantine/core'
import type { Alarm } from '@openhmp/contract'
import { IconCheck, IconMessage, IconUser } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useEventName } from '../../part/event-kind.tsx'
import { SeverityMark } from '../../part/severity-mark.tsx'
import { Ago } from '../../part/time.tsx'
import { useUnknownWords } from './alarm-words.ts'
import css from './alarms.module.css'

export function AlarmRow({ alarm, isChosen, onChoose }: { alarm: Alarm; isChosen: boolean; onChoose: () => void }) {
  const { t } = useTranslation()
  const eventName = useEventName()
  const unknown = useUnknownWords()(alarm)
  const { event, severity, state, count, assignee, commentCount } = alarm
  const name = event.channelName || event.deviceName
  return (
    <button
      type="button"
      className={css['row']}
      data-severity={severity}
      data-state={state}
      aria-current={isChosen}
      onClick={onChoose}
    >
      <SeverityMark severity={severity} size={20} />
      <span className={css['words']}>
        <span className={css['kind']}>
          <span>
            <VisuallyHidden>{t(`alarms.severity_${severity}`)}: </VisuallyHidden>
            {eventName(event)}
            {event.input !== null && ` · ${t('events.input', { number: event.input })}`}
          </span>
          <span className={css['age']}>
            <Ago time={alarm.createdAt} />
          </span>
        </span>
        <span className={css['name']}>{name}</span>
        <span className={css['facts']}>
          <span className={css['eventState']} data-state={event.state}>
            {t(`events.state_${event.state}`)}
          </span>
          {count > 1 && <span className="number">{t('alarms.times', { number: count })}</span>}
          {state === 'new' ? (
            <VisuallyHidden>{t('alarms.state_new')}</VisuallyHidden>
          ) : (
            <span className={css['fact']}>
              <IconCheck size={13} aria-hidden="true" />
              {t(`alarms.state_${state}`)}
            </span>
          )}
          {assignee !== null && (
            <span className={css['fact']}>
              <IconUser size={13} aria-hidden="true" />
              {assignee}
            </span>
          )}
          {commentCount > 0 && (
            <span className={css['fact']}>
              <IconMessage size={13} aria-hidden="true" />
              <span className="number">{commentCount}</span>
            </span>
          )}
        </span>
        {unknown && <span className={css['why']}>{unknown}</span>}
      </span>
    </button>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** One event with its camera's picture; a click opens the camera. Compact beside the wall, wide in the list. */
import { type Event, GetEventPicture } from '@openhmp/contract'
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { address } from '../api/call.ts'
import { keyOf } from './cameras.ts'
import { TargetMarks, useDetailWords } from './event-detail.tsx'
import { KindIcon, useEventName, weightOf } from './event-kind.tsx'
import css from './event-row.module.css'
import { Ago, useFormat, useNow } from './time.tsx'

/** Remembered: where much happens, most rows of a list stay as they are. */
export const EventRow = memo(function EventRow({ event, isWide = false }: { event: Event; isWide?: boolean }) {
  const { t } = useTranslation()
  const eventName = useEventName()
  const words = useDetailWords()(event)
  const name = event.channelName || event.deviceName
  return (
    <Link
      to="/"
      search={{ camera: keyOf(event.device, event.channel ?? 1) }}
      className={css['row']}
      data-wide={isWide}
      data-state={event.state}
      data-weight={weightOf(event.kind)}
    >
      <EventPicture event={event} />
      <div className={css['words']}>
        <div className={css['kind']}>
          <KindIcon kind={event.kind} />
          <span>{eventName(event)}</span>
          {event.input !== null && <small>{t('events.input', { number: event.input })}</small>}
        </div>
        <div className={css['name']}>{name}</div>
        {isWide && words.length > 0 && <div className={css['detail']}>{words.join(' · ')}</div>}
        <div className={css['time']}>
          <span>{isWide ? <WideTime event={event} /> : <Ago time={event.time} />}</span>
          <StateMark event={event} />
        </div>
      </div>
    </Link>
  )
})

function WideTime({ event }: { event: Event }) {
  const format = useFormat()
  const now = useNow()
  const end = event.endedAt === null ? now : Date.parse(event.endedAt)
  return (
    <>
      <time dateTime={event.time} className="number">
        {format.time(event.time)}
      </time>
      {event.state !== 'unknown' && (
        <span className="number">
          {' · '}
          {format.span(end - Date.parse(event.time))}
        </span>
      )}
    </>
  )
}

function StateMark({ event }: { event: Event }) {
  const { t } = useTranslation()
  return (
    <span
      className={css['state']}
      data-state={event.state}
      title={event.state === 'unknown' ? t('events.unknownHelp') : undefined}
    >
      <span className={css['dot']} aria-hidden="true" />
      {t(`events.state_${event.state}`)}
    </span>
  )
}

/** Without words of its own: what it shows stands beside it. */
function EventPicture({ event }: { event: Event }) {
  return (
    <div className={css['picture']}>
      {event.hasPicture ? (
        <>
          <img src={address(GetEventPicture, { id: event.id })} alt="" loading="lazy" decoding="async" />
          <TargetMarks event={event} />
        </>
      ) : (
        <KindIcon kind={event.kind} size={22} />
      )}
    </div>
  )
}

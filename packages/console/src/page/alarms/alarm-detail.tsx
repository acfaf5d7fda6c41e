// SPDX-License-Identifier: Apache-2.0
/** One alarm: what it looked like, what the camera sees now, what was said of it, and what can be done. */
import { Button, Textarea } from '@mantine/core'
import { type Alarm, type AlarmComment, AssignAlarms, CommentAlarm, GetEventPicture } from '@openhmp/contract'
import { IconCheck, IconUser, IconX } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, type RefObject, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { alarmQuery, noteAlarm } from '../../api/alarm-queries.ts'
import { address, call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { devicesWithStreamsQuery, sessionQuery } from '../../api/queries.ts'
import { camerasOf, keyOf } from '../../part/cameras.ts'
import { TargetMarks, useDetailWords } from '../../part/event-detail.tsx'
import { KindIcon, useEventName } from '../../part/event-kind.tsx'
import { LivePicture } from '../../part/live-picture.tsx'
import { Problem } from '../../part/problem.tsx'
import { SeverityMark } from '../../part/severity-mark.tsx'
import { Ago, useFormat } from '../../part/time.tsx'
import { useUnknownWords } from './alarm-words.ts'
import css from './alarms.module.css'

interface Props {
  id: string
  /** As the queue has it, until the alarm itself is there. */
  known: Alarm | undefined
  may: boolean
  comment: RefObject<HTMLTextAreaElement | null>
  onAcknowledge: () => void
  onClose: () => void
}

export function AlarmDetail({ id, known, may, comment, onAcknowledge, onClose }: Props) {
  const { t } = useTranslation()
  const eventName = useEventName()
  const asked = useQuery(alarmQuery(id))
  const unknown = useUnknownWords()
  const alarm = asked.data?.alarm ?? known
  if (!alarm) return asked.error ? <Problem error={asked.error} onRetry={() => void asked.refetch()} /> : null
  const { event, severity, state } = alarm
  const why = unknown(alarm)
  return (
    <article className={css['detail']} aria-label={eventName(event)}>
      <header className={css['title']}>
        <SeverityMark severity={severity} size={26} />
        <div>
          <h2>{eventName(event)}</h2>
          <div className={css['name']}>
            <Link to="/devices/$id" params={{ id: event.device }}>
              {event.channelName || event.deviceName}
            </Link>
            {' · '}
            {t(`alarms.severity_${severity}`)}
            {' · '}
            <span className={css['eventState']} data-state={event.state}>
              {t(`events.state_${event.state}`)}
            </span>
          </div>
        </div>
        {may && state !== 'closed' && (
          <div className={css['deeds']}>
            {state === 'new' && (
              <Button leftSection={<IconCheck size={16} aria-hidden="true" />} onClick={onAcknowledge}>
                {t('alarms.acknowledge')}
              </Button>
            )}
            <Assign alarm={alarm} />
            <Button variant="default" leftSection={<IconX size={16} aria-hidden="true" />} onClick={onClose}>
              {t('alarms.close')}
            </Button>
          </div>
        )}
      </header>
      {why && (
        <p className={css['unknown']} role="status">
          {why}
        </p>
      )}
      <div className={css['pictures']}>
        <EventPicture alarm={alarm} />
        <Now alarm={alarm} />
      </div>
      <Facts alarm={alarm} />
      <Comments id={id} comments={asked.data?.comments ?? []} may={may} box={comment} />
    </article>
  )
}

function Assign({ alarm: { id, assignee } }: { alarm: Alarm }) {
  const { t } = useTranslation()
  const name = useQuery(sessionQuery).data?.name
  const assign = useMutation({
    mutationFn: (to: string | null) => call(AssignAlarms, { body: { alarms: [id], assignee: to } }),
    onSuccess: ({ alarms }) => {
      for (const one of alarms) noteAlarm(one)
    },
  })
  if (name === undefined) return null
  const isMine = assignee === name
  return (
    <Button
      variant="default"
      leftSection={<IconUser size={16} aria-hidden="true" />}
      loading={assign.isPending}
      onClick={() => assign.mutate(isMine ? null : name)}
    >
      {t(isMine ? 'alarms.unassign' : 'alarms.assignMe')}
    </Button>
  )
}

function Framed({ title, children }: { title: string; children: ReactNode }) {
  return (
    <figure className={css['figure']}>
      <figcaption>{title}</figcaption>
      <div className={css['frame']}>{children}</div>
    </figure>
  )
}

function EventPicture({ alarm: { event } }: { alarm: Alarm }) {
  const { t } = useTranslation()
  const eventName = useEventName()
  const name = event.channelName || event.deviceName
  return (
    <Framed title={t('alarms.picture')}>
      {event.hasPicture ? (
        <>
          <img
            src={address(GetEventPicture, { id: event.id })}
            alt={t('events.announce', { kind: eventName(event), name })}
          />
          <TargetMarks event={event} />
        </>
      ) : (
        <div className={css['nothing']}>
          <KindIcon kind={event.kind} size={34} />
          {t('alarms.noPicture')}
        </div>
      )}
    </Framed>
  )
}

function Now({ alarm: { event } }: { alarm: Alarm }) {
  const { t } = useTranslation()
  const devices = useQuery(devicesWithStreamsQuery).data
  const device = devices?.find(({ id }) => id === event.device)
  const cameras = device ? camerasOf([device]) : []
  // A fault of the device itself has no channel: its first camera shows at least that there is a picture.
  const camera = cameras.find(({ key }) => key === keyOf(event.device, event.channel ?? 1)) ?? cameras[0]
  return (
    <Framed title={t('alarms.live')}>
      {camera ? (
        <LivePicture camera={camera} />
      ) : (
        devices && <div className={css['nothing']}>{t('alarms.noCamera')}</div>
      )}
    </Framed>
  )
}

function Facts({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation()
  const format = useFormat()
  const words = useDetailWords()(alarm.event)
  const { event, count, assignee, acknowledgedBy, acknowledgedAt, closedBy, closedAt } = alarm
  const facts: (readonly [string, ReactNode] | undefined)[] = [
    [t('alarms.began'), format.dateTime(event.time)],
    event.endedAt === null ? undefined : [t('alarms.ended'), format.dateTime(event.endedAt)],
    [t('alarms.occurrences'), format.number(count)],
    [t('alarms.assignee'), assignee ?? t('alarms.nobody')],
    acknowledgedBy === null || acknowledgedAt === null
      ? undefined
      : [t('alarms.acknowledged', { name: acknowledgedBy }), format.dateTime(acknowledgedAt)],
    closedBy === null || closedAt === null
      ? undefined
      : [t('alarms.closed', { name: closedBy }), format.dateTime(closedAt)],
    [t('alarms.device'), event.deviceName],
    words.length === 0 && !event.description
      ? undefined
      : [t('alarms.detail'), [...words, event.description ?? ''].filter(Boolean).join(' · ')],
  ]
  return (
    <dl className={css['list']}>
      {facts.map(
        (fact) =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd className="number">{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

function Comments(props: {
  id: string
  comments: readonly AlarmComment[]
  may: boolean
  box: RefObject<HTMLTextAreaElement | null>
}) {
  const { t } = useTranslation()
  const { id, comments, may, box } = props
  const [text, setText] = useState('')
  const say = useMutation({
    mutationFn: () => call(CommentAlarm, { params: { id }, body: { text } }),
    onSuccess: (answer) => {
      queries.setQueryData(alarmQuery(id).queryKey, answer)
      noteAlarm(answer.alarm)
      setText('')
      box.current?.blur()
    },
  })
  const isSayable = text.trim() !== '' && !say.isPending
  return (
    <section className={css['comments']} aria-label={t('alarms.comments')}>
      <h3>{t('alarms.comments')}</h3>
      {comments.length === 0 && <p className={css['dim']}>{t('alarms.noComments')}</p>}
      <ul>
        {comments.map((one) => (
          <li key={one.id}>
            <div className={css['dim']}>
              {one.who} · <Ago time={one.at} />
            </div>
            <div className={css['said']}>{one.text}</div>
          </li>
        ))}
      </ul>
      {may && (
        <form
          onSubmit={(submit) => {
            submit.preventDefault()
            if (isSayable) say.mutate()
          }}
        >
          <Textarea
            ref={box}
            aria-label={t('alarms.comment')}
            placeholder={t('alarms.comment')}
            autosize
            minRows={1}
            maxRows={6}
            maxLength={2000}
            value={text}
            onChange={({ currentTarget: { value } }) => setText(value)}
            onKeyDown={(key) => {
              if (key.key === 'Escape') key.currentTarget.blur()
              if (key.key !== 'Enter' || key.shiftKey || key.nativeEvent.isComposing) return
              key.preventDefault()
              if (isSayable) say.mutate()
            }}
          />
          <Button type="submit" variant="default" disabled={!isSayable} loading={say.isPending}>
            {t('alarms.say')}
          </Button>
        </form>
      )}
      {say.error && <Problem error={say.error} />}
    </section>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** The queue of alarms on the left, the chosen one on the right; worked through by mouse or by keys. */
import { Alert, Button, Kbd, SegmentedControl } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { AcknowledgeAlarms, type Alarm, CloseAlarms, Severity } from '@openhmp/contract'
import { IconAdjustments, IconArrowLeft, IconCheck, IconVolume, IconVolumeOff } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { alarmCountsQuery, alarmsQuery, noteAlarm } from '../../api/alarm-queries.ts'
import { call } from '../../api/call.ts'
import { sessionQuery } from '../../api/queries.ts'
import { alarmSound } from '../../part/alarm-sound.ts'
import { Empty } from '../../part/empty.tsx'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { SeverityMark } from '../../part/severity-mark.tsx'
import { useHotkeys } from '../../part/use-hotkeys.ts'
import type { AlarmSearch } from '../../search.ts'
import { AlarmDetail } from './alarm-detail.tsx'
import { AlarmRow } from './alarm-row.tsx'
import css from './alarms.module.css'
import { SeveritiesDialog } from './severities-dialog.tsx'

export function AlarmsPage() {
  const { t } = useTranslation()
  const search = useSearch({ from: '/app/alarms' })
  const navigate = useNavigate()
  const user = useQuery(sessionQuery).data
  const may = user?.permissions.includes('alarm.handle') ?? false
  const isNarrow = useMediaQuery('(max-width: 900px)', undefined, { getInitialValueInEffect: false })
  const isClosed = search.view === 'closed'
  const severity = Severity.options.find((each) => each === search.severity)
  const list = useQuery(alarmsQuery({ isClosed, severity }))
  const alarms = list.data?.alarms ?? []
  const [isChanging, setChanging] = useState(false)
  const comment = useRef<HTMLTextAreaElement>(null)

  const go = (change: { readonly [K in keyof AlarmSearch]?: AlarmSearch[K] | undefined }) =>
    void navigate({ to: '/alarms', search: { ...search, ...change } as AlarmSearch, replace: true })
  // On a phone one sees the queue or an alarm; beside each other the first is chosen until somebody chooses.
  const chosen = search.alarm ?? (isNarrow ? undefined : alarms[0]?.id)
  const isQueueShown = !isNarrow || chosen === undefined
  const place = alarms.findIndex(({ id }) => id === chosen)
  const move = (by: number) => {
    const next = alarms[Math.min(Math.max(place + by, 0), alarms.length - 1)]
    if (next) go({ alarm: next.id })
  }
  const change = useMutation({
    mutationFn: ({ route, ids }: { route: typeof AcknowledgeAlarms | typeof CloseAlarms; ids: string[] }) =>
      call(route, { body: { alarms: ids } }),
    onSuccess: ({ alarms: changed }) => {
      for (const one of changed) noteAlarm(one)
    },
  })
  const acknowledge = (ids: string[]) => change.mutate({ route: AcknowledgeAlarms, ids })
  /** The next one is chosen, since this one leaves the queue. */
  const close = (id: string) => {
    const next = alarms[place + 1] ?? alarms[place - 1]
    change.mutate({ route: CloseAlarms, ids: [id] })
    if (!isClosed) go({ alarm: isNarrow ? undefined : next?.id })
  }
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    ...(may && chosen !== undefined
      ? { a: () => acknowledge([chosen]), x: () => close(chosen), c: () => comment.current?.focus() }
      : {}),
  })
  const fresh = alarms.filter(({ state }) => state === 'new').map(({ id }) => id)
  return (
    <div className={css['page']}>
      <div className={css['head']}>
        <PageHeader title={t('alarms.title')} lead={t('alarms.lead')}>
          {isQueueShown && may && !isClosed && fresh.length > 1 && (
            <Button
              variant="default"
              leftSection={<IconCheck size={16} aria-hidden="true" />}
              loading={change.isPending}
              onClick={() => acknowledge(fresh)}
            >
              {t('alarms.acknowledgeAll')}
            </Button>
          )}
          {isQueueShown && <SoundSwitch />}
          {isQueueShown && user?.everywhere.includes('system.configure') && (
            <Button
              variant="default"
              leftSection={<IconAdjustments size={16} aria-hidden="true" />}
              onClick={() => setChanging(true)}
            >
              {t('alarms.severities')}
            </Button>
          )}
        </PageHeader>
        <SoundNotice />
        {(list.error ?? change.error) && <Problem error={list.error ?? change.error} />}
      </div>
      <div className={css['both']}>
        {isQueueShown && (
          <section className={css['queue']} aria-label={t('alarms.queue')}>
            <Filters isClosed={isClosed} severity={severity} onChoose={go} />
            {list.data && alarms.length === 0 && <Nothing isClosed={isClosed} isFiltered={severity !== undefined} />}
            <Rows alarms={alarms} chosen={chosen} onChoose={(id) => go({ alarm: id })} />
            {list.data?.isMore && <p className={css['more']}>{t('alarms.more')}</p>}
          </section>
        )}
        {!(isNarrow && chosen === undefined) && (
          <div className={css['side']}>
            {isNarrow && (
              <Button
                variant="subtle"
                size="xs"
                leftSection={<IconArrowLeft size={16} aria-hidden="true" />}
                onClick={() => go({ alarm: undefined })}
              >
                {t('alarms.back')}
              </Button>
            )}
            {chosen === undefined ? (
              <p className={css['choose']}>{list.data && alarms.length > 0 ? t('alarms.choose') : ''}</p>
            ) : (
              <AlarmDetail
                key={chosen}
                id={chosen}
                known={alarms[place]}
                may={may}
                comment={comment}
                onAcknowledge={() => acknowledge([chosen])}
                onClose={() => close(chosen)}
              />
            )}
            {may && !isNarrow && chosen !== undefined && <Hint />}
          </div>
        )}
      </div>
      {isChanging && <SeveritiesDialog onClose={() => setChanging(false)} />}
    </div>
  )
}

function Nothing({ isClosed, isFiltered }: { isClosed: boolean; isFiltered: boolean }) {
  const { t } = useTranslation()
  const icon = <IconCheck />
  if (isFiltered) return <Empty icon={icon} title={t('alarms.noMatch')} />
  if (isClosed) return <Empty icon={icon} title={t('alarms.noneClosed')} />
  return <Empty icon={icon} title={t('alarms.none')} text={t('alarms.noneHelp')} />
}

function Rows(props: { alarms: readonly Alarm[]; chosen: string | undefined; onChoose: (id: string) => void }) {
  const rows = useRef<HTMLUListElement>(null)
  const { chosen } = props
  useEffect(() => {
    if (chosen !== undefined) rows.current?.querySelector('[aria-current="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  return (
    <ul className={css['rows']} ref={rows}>
      {props.alarms.map((alarm) => (
        <li key={alarm.id}>
          <AlarmRow alarm={alarm} isChosen={alarm.id === chosen} onChoose={() => props.onChoose(alarm.id)} />
        </li>
      ))}
    </ul>
  )
}

function Filters(props: {
  isClosed: boolean
  severity: Severity | undefined
  onChoose: (change: { view?: string | undefined; severity?: string | undefined; alarm?: undefined }) => void
}) {
  const { t } = useTranslation()
  const counts = useQuery(alarmCountsQuery).data?.new
  const { isClosed, severity, onChoose } = props
  return (
    <div className={css['filters']}>
      <SegmentedControl
        size="xs"
        aria-label={t('alarms.view')}
        data={(['open', 'closed'] as const).map((value) => ({ value, label: t(`alarms.view_${value}`) }))}
        value={isClosed ? 'closed' : 'open'}
        onChange={(value) => onChoose({ view: value === 'closed' ? value : undefined, alarm: undefined })}
      />
      <div className={css['severities']}>
        {Severity.options.map((each) => (
          <button
            key={each}
            type="button"
            className={css['severity']}
            aria-pressed={severity === each}
            aria-label={t('alarms.only', { severity: t(`alarms.severity_${each}`), number: counts?.[each] ?? 0 })}
            title={t(`alarms.severity_${each}`)}
            onClick={() => onChoose({ severity: severity === each ? undefined : each, alarm: undefined })}
          >
            <SeverityMark severity={each} size={16} />
            <span className="number">{counts?.[each] ?? 0}</span>
          </button>
        ))}
      </div>
    </div>
  )
}

const useSound = () => useSyncExternalStore(alarmSound.watch, alarmSound.standing)

function SoundSwitch() {
  const { t } = useTranslation()
  const isOn = useSound() !== 'off'
  return (
    <Button
      variant="default"
      aria-pressed={isOn}
      leftSection={isOn ? <IconVolume size={16} aria-hidden="true" /> : <IconVolumeOff size={16} aria-hidden="true" />}
      onClick={() => alarmSound.setOn(!isOn)}
    >
      {t(isOn ? 'alarms.soundOn' : 'alarms.soundOff')}
    </Button>
  )
}

function SoundNotice() {
  const { t } = useTranslation()
  const standing = useSound()
  useEffect(() => alarmSound.prepare(), [])
  if (standing !== 'blocked') return null
  return (
    <Alert color="yellow" variant="light" mb="md" icon={<IconVolumeOff aria-hidden="true" />}>
      <div className={css['notice']}>
        {t('alarms.soundBlocked')}
        <Button size="xs" variant="default" onClick={() => alarmSound.setOn(true)}>
          {t('alarms.soundAllow')}
        </Button>
      </div>
    </Alert>
  )
}

function Hint() {
  const { t } = useTranslation()
  // Marked, because each language puts the keys elsewhere in its sentence.
  const marked = { next: '|J|', before: '|K|', acknowledge: '|A|', comment: '|C|', close: '|X|' }
  const parts = t('alarms.hint', marked).split('|')
  return <p className={css['hint']}>{parts.map((part, i) => (i % 2 === 1 ? <Kbd key={part}>{part}</Kbd> : part))}</p>
}

// SPDX-License-Identifier: Apache-2.0
/** The file of the desired state: written, checked as it is written, kept, compared with the devices. */
import { Button, Group, Textarea } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { CheckDesired, ExportDesired, PlanDesired, PutDesired } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { desiredQuery, devicesQuery, sessionQuery } from '../../api/queries.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import css from './fleet.module.css'

/** Devices that one export takes. */
const MAX_EXPORTED = 100

export function DesiredCard() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const mayConfigure = useQuery(sessionQuery).data?.everywhere.includes('device.configure') ?? false
  const kept = useQuery(desiredQuery).data
  const devices = useQuery(devicesQuery).data ?? []
  const [written, setWritten] = useState<string>()
  const text = written ?? kept?.text ?? ''
  const checkedText = useDeferredValue(text)
  const check = useQuery({
    queryKey: ['desired-check', checkedText],
    queryFn: ({ signal }) => call(CheckDesired, { signal, body: { text: checkedText } }),
    enabled: checkedText !== '',
    placeholderData: (before) => before,
  })
  const save = useMutation({
    mutationFn: () => call(PutDesired, { body: { text } }),
    onSuccess: (file) => {
      queries.setQueryData(desiredQuery.queryKey, file)
      setWritten(undefined)
      notifications.show({ message: t('fleet.saved') })
    },
  })
  const plan = useMutation({
    mutationFn: () => call(PlanDesired, { body: { text } }),
    onSuccess: (job) => navigate({ to: '/fleet/$id', params: { id: job.id } }),
  })
  const asToday = useMutation({
    mutationFn: () => {
      const ids = devices.filter(({ kind }) => kind !== 'rtsp').map(({ id }) => id)
      return call(ExportDesired, { body: { devices: ids.slice(0, MAX_EXPORTED) } })
    },
    onSuccess: (exported) => setWritten(exported.text),
  })
  const faults = text === '' ? [] : (check.data?.faults ?? [])
  const rules = text === '' ? [] : (check.data?.rules ?? [])
  const isChanged = written !== undefined && written !== kept?.text
  return (
    <section className={page['card']} aria-label={t('fleet.desired')}>
      <div className={page['cardHead']}>
        <h2>{t('fleet.desired')}</h2>
      </div>
      <div className={css['desired']}>
        <Textarea
          label={t('fleet.file')}
          description={t('fleet.fileHelp')}
          placeholder={EXAMPLE}
          autosize
          minRows={10}
          maxRows={28}
          spellCheck={false}
          readOnly={!mayConfigure}
          classNames={{ input: css['code'] ?? '' }}
          value={text}
          onChange={(event) => setWritten(event.currentTarget.value)}
        />
        <ul className={css['faults']} aria-live="polite">
          {faults.map((fault) => (
            <li key={`${fault.line} ${fault.column} ${fault.text}`}>
              {t('fleet.fault', { line: fault.line, path: fault.path, text: fault.text })}
            </li>
          ))}
        </ul>
        {faults.length === 0 && rules.length > 0 && (
          <p className={page['dim']}>
            {rules.map(({ name, devices: count }) => t('fleet.rule', { name, count })).join(' · ')}
          </p>
        )}
        {[save, plan, asToday].map(({ error }, i) => error && <Problem key={String(i)} error={error} />)}
        <Group>
          <Button disabled={faults.length > 0 || text === ''} loading={plan.isPending} onClick={() => plan.mutate()}>
            {t('fleet.compare')}
          </Button>
          {mayConfigure && (
            <Button
              variant="default"
              disabled={!isChanged || faults.length > 0}
              loading={save.isPending}
              onClick={() => save.mutate()}
            >
              {t('common.save')}
            </Button>
          )}
          {mayConfigure && (
            <Button
              variant="subtle"
              disabled={devices.length === 0}
              loading={asToday.isPending}
              onClick={() => asToday.mutate()}
            >
              {t('fleet.asToday')}
            </Button>
          )}
        </Group>
      </div>
    </section>
  )
}

const EXAMPLE = `rules:
  - name: All cameras
    match: { model: DS-2CD* }
    settings:
      time: { mode: NTP, timeZone: "CST-8:00:00" }
      ntp: { host: pool.ntp.org }
      stream:
        main: { codec: h264, frameRate: 15 }`

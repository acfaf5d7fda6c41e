// SPDX-License-Identifier: Apache-2.0
/** How grave each kind of event is, for whoever may change that. */
import { Modal, Select } from '@mantine/core'
import { SetSeverity, Severity, type SeverityOrNone } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { severitiesQuery } from '../../api/alarm-queries.ts'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { useEventName } from '../../part/event-kind.tsx'
import { Problem } from '../../part/problem.tsx'
import css from './alarms.module.css'

const options = [...Severity.options, 'none'] as const

export function SeveritiesDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const eventName = useEventName()
  const { data = [], error } = useQuery(severitiesQuery)
  const set = useMutation({
    mutationFn: ({ kind, severity }: { kind: string; severity: SeverityOrNone | null }) =>
      call(SetSeverity, { params: { kind }, body: { severity } }),
    onSuccess: ({ severities }) => queries.setQueryData(severitiesQuery.queryKey, severities),
  })
  const choices = options.map((value) => ({ value, label: t(`alarms.severity_${value}`) }))
  const problem = error ?? set.error
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('alarms.severities')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <p className={css['dim']}>{t('alarms.severitiesHelp')}</p>
      {problem && <Problem error={problem} />}
      <ul className={css['table']}>
        {data.map(({ kind, severity, isDefault }) => {
          const name = eventName({ kind, fault: kind })
          return (
            <li key={kind}>
              <span>{name}</span>
              <Select
                size="xs"
                aria-label={name}
                comboboxProps={{ withinPortal: false }}
                data={choices}
                value={severity}
                allowDeselect={false}
                clearable={!isDefault}
                clearButtonProps={{ 'aria-label': t('alarms.reset', { kind: name }) }}
                onChange={(value) => set.mutate({ kind, severity: value as SeverityOrNone | null })}
              />
            </li>
          )
        })}
      </ul>
    </Modal>
  )
}

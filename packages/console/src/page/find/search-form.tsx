// SPDX-License-Identifier: Apache-2.0
/** Where to search, and how far the search has come. */
import { Autocomplete, Button, Progress, Switch, TextInput } from '@mantine/core'
import type { DiscoveryState } from '@openhmp/contract'
import { IconPlayerStopFilled, IconRadar2 } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../part/problem.tsx'
import css from './find.module.css'
import { portsOf } from './standing.ts'
import { useSearch } from './use-search.ts'

export function SearchForm() {
  const { t } = useTranslation()
  const { search, start, stop } = useSearch()
  const [hasMulticast, setMulticast] = useState(true)
  const [range, setRange] = useState('')
  const [portText, setPortText] = useState('80')
  const state = search.data
  const isRunning = state?.state === 'running'
  const ports = portsOf(portText)
  const hasRange = range.trim() !== ''
  const mayStart = (hasMulticast || hasRange) && ports !== undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!mayStart) return
    const multicast = hasMulticast ? (['sadp', 'wsDiscovery'] as const) : []
    start.mutate({
      methods: [...multicast, ...(hasRange ? (['range'] as const) : [])],
      ...(hasRange ? { range: range.trim(), ports } : {}),
    })
  }
  return (
    <form onSubmit={submit} className={css['search']} aria-label={t('find.search')}>
      <Switch
        label={t('find.multicast')}
        description={t('find.multicastHelp')}
        checked={hasMulticast}
        onChange={(event) => setMulticast(event.currentTarget.checked)}
      />
      <div className={css['where']}>
        <Autocomplete
          label={`${t('find.range')} (${t('common.optional')})`}
          description={t('find.rangeHelp')}
          placeholder={state?.networks[0] ?? '192.168.1.0/24'}
          data={state?.networks ?? []}
          openOnFocus
          spellCheck={false}
          maxLength={64}
          value={range}
          onChange={setRange}
        />
        <TextInput
          label={t('find.ports')}
          description={t('find.portsHelp')}
          disabled={!hasRange}
          error={ports === undefined ? t('find.portsBad') : undefined}
          inputMode="numeric"
          value={portText}
          onChange={(event) => setPortText(event.currentTarget.value)}
        />
        {isRunning ? (
          <Button
            variant="default"
            leftSection={<IconPlayerStopFilled size={16} />}
            loading={stop.isPending}
            onClick={() => stop.mutate()}
          >
            {t('find.stop')}
          </Button>
        ) : (
          <Button type="submit" leftSection={<IconRadar2 size={18} />} loading={start.isPending} disabled={!mayStart}>
            {t('find.start')}
          </Button>
        )}
      </div>
      {[start.error, stop.error, search.error].map(
        (error, i) => error && <Problem key={String(i)} error={error} title={t('find.failed')} />,
      )}
      {state && <Standing search={state} />}
    </form>
  )
}

/** A bar while the search goes on, and words that are read out when it ends. */
function Standing({ search: { state, progress, found, problem } }: { search: DiscoveryState }) {
  const { t } = useTranslation()
  if (state === 'idle') return null
  const isRunning = state === 'running'
  const { done, total } = progress
  const words = [
    t(`find.state_${state}`),
    t('find.count', { count: found.length }),
    total > 0 && (isRunning || done < total) && t('find.addresses', { done, total }),
    problem?.text,
  ]
  return (
    <div className={css['standing']}>
      {isRunning && (
        <Progress
          value={total > 0 ? (done / total) * 100 : 100}
          striped
          animated
          size="sm"
          aria-label={t('find.state_running')}
        />
      )}
      <span role="status" data-state={state}>
        {words.filter(Boolean).join(' · ')}
      </span>
    </div>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** What the page of events shows: by words, kind, device, site, state and time. */
import { Button, Popover, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import type { Device } from '@openhmp/contract'
import { IconCalendar, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useKindName } from '../../part/event-kind.tsx'
import type { EventSearch } from '../../search.ts'
import css from './events.module.css'
import { rangeOf, ranges } from './window.ts'

const states = ['active', 'inactive', 'unknown'] as const
/** The address of the page follows what is typed after so long. */
const TYPING_MS = 250

/** What is chosen anew. */
export type Change = { readonly [K in keyof EventSearch]?: EventSearch[K] | undefined }

interface Props {
  search: EventSearch
  devices: readonly Device[]
  kinds: readonly string[]
  /** What is undefined is not asked for any more. */
  onChoose: (change: Change) => void
}

type Moments = Pick<EventSearch, 'range' | 'from' | 'to'>
interface TimesProps {
  search: Moments
  onChoose: (change: { readonly [K in keyof Moments]?: Moments[K] | undefined }) => void
}

export function EventFilters({ search, devices, kinds, onChoose }: Props) {
  const { t } = useTranslation()
  const kindName = useKindName()
  const [typed, setTyped] = useState(search.text ?? '')
  const follow = useDebouncedCallback((text: string) => onChoose({ text: text.trim() || undefined }), TYPING_MS)
  const sites = [...new Set(devices.flatMap(({ site }) => site ?? []))].toSorted()
  const select = (
    label: string,
    all: string,
    name: keyof EventSearch,
    data: readonly { value: string; label: string }[],
  ) => (
    <Select
      aria-label={label}
      placeholder={all}
      className={css['select']}
      clearable
      comboboxProps={{ withinPortal: false }}
      searchable={data.length > 8}
      limit={200}
      data={data}
      value={search[name] ?? null}
      onChange={(value) => onChoose({ [name]: value ?? undefined })}
      clearButtonProps={{ 'aria-label': t('devices.clearFilter') }}
    />
  )
  return (
    <search className={css['filters']}>
      <TextInput
        className={css['words']}
        aria-label={t('events.search')}
        placeholder={t('events.search')}
        leftSection={<IconSearch size={16} aria-hidden="true" />}
        value={typed}
        maxLength={100}
        onChange={({ currentTarget: { value } }) => {
          setTyped(value)
          follow(value)
        }}
      />
      {select(
        t('events.kind'),
        t('events.allKinds'),
        'kind',
        kinds.map((kind) => ({ value: kind, label: kindName(kind) })),
      )}
      {select(
        t('events.device'),
        t('events.allDevices'),
        'device',
        devices.map(({ id, name }) => ({ value: id, label: name })),
      )}
      {sites.length > 0 &&
        select(
          t('events.site'),
          t('events.allSites'),
          'site',
          sites.map((site) => ({ value: site, label: site })),
        )}
      {select(
        t('events.state'),
        t('events.allStates'),
        'state',
        states.map((each) => ({ value: each, label: t(`events.state_${each}`) })),
      )}
      <Times search={search} onChoose={onChoose} />
    </search>
  )
}

/** Up to now, or from one time to another. */
export function Times({ search, onChoose }: TimesProps) {
  const { t } = useTranslation()
  const range = rangeOf(search)
  const names = ['all', ...Object.keys(ranges)] as ('all' | keyof typeof ranges)[]
  return (
    <div className={css['times']}>
      <SegmentedControl
        aria-label={t('events.range')}
        size="xs"
        data={names.map((value) => ({ value, label: t(`events.range_${value}`) }))}
        value={range === 'chosen' ? '' : range}
        onChange={(value) => onChoose({ range: value === 'all' ? undefined : value, from: undefined, to: undefined })}
      />
      <Chosen search={search} onChoose={onChoose} />
    </div>
  )
}

/** As `<input type="datetime-local">` writes it: local time without a zone. */
const local = (iso: string | undefined): string => {
  if (iso === undefined) return ''
  const ms = Date.parse(iso)
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

function Chosen({ search, onChoose }: TimesProps) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus>
      <Popover.Target>
        <Button
          size="xs"
          variant={rangeOf(search) === 'chosen' ? 'light' : 'default'}
          leftSection={<IconCalendar size={14} aria-hidden="true" />}
          onClick={() => setOpen(!isOpen)}
        >
          {t('events.range_chosen')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className={css['chosen']}
          onSubmit={(submit) => {
            submit.preventDefault()
            const given = new FormData(submit.currentTarget)
            const iso = (name: string) => {
              const value = String(given.get(name) ?? '')
              return value === '' ? undefined : new Date(value).toISOString()
            }
            onChoose({ range: undefined, from: iso('from'), to: iso('to') })
            setOpen(false)
          }}
        >
          <TextInput type="datetime-local" name="from" label={t('events.from')} defaultValue={local(search.from)} />
          <TextInput type="datetime-local" name="to" label={t('events.to')} defaultValue={local(search.to)} />
          <Button type="submit">{t('events.apply')}</Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}

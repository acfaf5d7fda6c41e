// SPDX-License-Identifier: Apache-2.0
/** Days and hours of a rule: none is any time; several stand beside each other. */
import { ActionIcon, Button, Chip, Group, Input, Select, TextInput } from '@mantine/core'
import type { Hours } from '@openhmp/contract'
import { IconClockPlus, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import css from './rules.module.css'
import { useDayName, WEEK } from './sentence.ts'

const MAX_HOURS = 14
const NIGHT: Hours = { from: '18:00', to: '06:00' }

interface Props {
  hours: readonly Hours[]
  onChange: (hours: Hours[]) => void
  /** False: they are always in the server's zone. */
  hasZone?: boolean
}

export function HoursField({ hours, onChange, hasZone = true }: Props) {
  const { t } = useTranslation()
  return (
    <Input.Wrapper label={t('rules.hours')} labelElement="div">
      <div className={css['rows']}>
        {hours.length === 0 && <span className={css['hint']}>{t('rules.always')}</span>}
        {hours.map((one, i) => (
          <HoursRow
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and hold no state of their own
            key={i}
            hours={one}
            hasZone={hasZone}
            onChange={(changed) => onChange(hours.with(i, changed))}
            onRemove={() => onChange(hours.toSpliced(i, 1))}
          />
        ))}
        {hours.length < MAX_HOURS && (
          <Button
            variant="subtle"
            size="compact-sm"
            className={css['start']!}
            leftSection={<IconClockPlus size={16} aria-hidden="true" />}
            onClick={() => onChange([...hours, NIGHT])}
          >
            {t('rules.addHours')}
          </Button>
        )}
      </div>
    </Input.Wrapper>
  )
}

interface RowProps {
  hours: Hours
  onChange: (hours: Hours) => void
  onRemove: () => void
  hasZone: boolean
}

function HoursRow({ hours, onChange, onRemove, hasZone }: RowProps) {
  const { t } = useTranslation()
  const dayName = useDayName()
  const { days = [...WEEK], from, to, zone } = hours
  const setDays = (chosen: string[]) => {
    const { days: _, ...rest } = hours
    if (chosen.length > 0) onChange(chosen.length === 7 ? rest : { ...rest, days: chosen.map(Number) })
  }
  const setZone = (chosen: string | null) => {
    const { zone: _, ...rest } = hours
    onChange(chosen === null ? rest : { ...rest, zone: chosen })
  }
  return (
    <div className={css['row']}>
      <Chip.Group multiple value={days.map(String)} onChange={setDays}>
        <Group gap={4} role="group" aria-label={t('rules.days')}>
          {WEEK.map((day) => (
            <Chip key={day} size="xs" value={String(day)}>
              {dayName(day)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <TextInput
        type="time"
        required
        aria-label={t('rules.from')}
        value={from}
        onChange={({ currentTarget: { value } }) => value && onChange({ ...hours, from: value })}
      />
      <TextInput
        type="time"
        required
        aria-label={t('rules.until')}
        value={to}
        onChange={({ currentTarget: { value } }) => value && onChange({ ...hours, to: value })}
      />
      {hasZone && (
        <Select
          className={css['grow']!}
          aria-label={t('rules.zone')}
          placeholder={t('rules.zoneServer')}
          searchable
          clearable
          limit={50}
          data={Intl.supportedValuesOf('timeZone')}
          value={zone ?? null}
          onChange={setZone}
        />
      )}
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('rules.removeHours')} onClick={onRemove}>
        <IconX size={16} aria-hidden="true" />
      </ActionIcon>
    </div>
  )
}

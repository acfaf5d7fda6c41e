// SPDX-License-Identifier: Apache-2.0
/** What a rule does: who is told, what is done at a device. */
import { ActionIcon, Button, NumberInput, Select } from '@mantine/core'
import type { Deed, Device, DeviceId, NotifyTarget } from '@openhmp/contract'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import css from './rules.module.css'

const KINDS = ['tell', 'output', 'preset', 'bookmark'] as const
const MAX_DEEDS = 10

interface Props {
  deeds: readonly Deed[]
  targets: readonly NotifyTarget[]
  devices: readonly Device[]
  onChange: (deeds: Deed[]) => void
}

/** One to begin with. */
export const firstDeed = (targets: readonly NotifyTarget[]): Deed =>
  targets[0] ? { kind: 'tell', target: targets[0].id } : { kind: 'bookmark' }

export function DeedFields({ deeds, targets, devices, onChange }: Props) {
  const { t } = useTranslation()
  /** Those that take orders. */
  const able = devices.filter(({ kind }) => kind !== 'rtsp')
  const make = (kind: Deed['kind']): Deed | undefined => {
    const device = able[0]
    if (kind === 'tell') return targets[0] && { kind, target: targets[0].id }
    if (kind === 'bookmark') return { kind }
    if (!device) return undefined
    return kind === 'output'
      ? { kind, device: device.id, output: 1, seconds: 5 }
      : { kind, device: device.id, channel: device.channels[0]?.id ?? 1, preset: 1 }
  }
  const kinds = KINDS.filter((kind) => make(kind)).map((value) => ({ value, label: t(`rules.deed_${value}`) }))
  return (
    <div className={css['rows']}>
      {targets.length === 0 && <span className={css['hint']}>{t('rules.noTarget')}</span>}
      {deeds.map((deed, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and hold no state of their own
        <div key={i} className={css['row']}>
          <Select
            aria-label={t('rules.deed')}
            allowDeselect={false}
            data={kinds}
            value={deed.kind}
            onChange={(kind) => onChange(deeds.with(i, make(kind as Deed['kind']) ?? deed))}
          />
          <DeedRow
            deed={deed}
            targets={targets}
            devices={able}
            onChange={(changed) => onChange(deeds.with(i, changed))}
          />
          {deeds.length > 1 && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t('rules.removeDeed')}
              onClick={() => onChange(deeds.toSpliced(i, 1))}
            >
              <IconX size={16} aria-hidden="true" />
            </ActionIcon>
          )}
        </div>
      ))}
      {deeds.length < MAX_DEEDS && (
        <Button
          variant="subtle"
          size="compact-sm"
          className={css['start']!}
          leftSection={<IconPlus size={16} aria-hidden="true" />}
          onClick={() => onChange([...deeds, firstDeed(targets.slice(deeds.length))])}
        >
          {t('rules.addDeed')}
        </Button>
      )}
    </div>
  )
}

interface RowProps {
  deed: Deed
  targets: readonly NotifyTarget[]
  devices: readonly Device[]
  onChange: (deed: Deed) => void
}

function DeedRow({ deed, targets, devices, onChange }: RowProps) {
  const { t } = useTranslation()
  if (deed.kind === 'bookmark') return null
  if (deed.kind === 'tell')
    return (
      <Select
        className={css['grow']!}
        aria-label={t('rules.target')}
        allowDeselect={false}
        data={targets.map(({ id, name }) => ({ value: id, label: name }))}
        value={deed.target}
        onChange={(target) => target && onChange({ ...deed, target })}
      />
    )
  const number = (label: string, value: number, max: number, set: (value: number) => void) => (
    <NumberInput
      className={css['number']!}
      aria-label={label}
      prefix={`${label} `}
      min={1}
      max={max}
      value={value}
      onChange={(typed) => set(Number(typed) || 1)}
    />
  )
  const device = devices.find(({ id }) => id === deed.device)
  return (
    <>
      <Select
        className={css['grow']!}
        aria-label={t('rules.device')}
        allowDeselect={false}
        searchable
        limit={100}
        data={devices.map(({ id, name }) => ({ value: id as string, label: name }))}
        value={deed.device}
        onChange={(id) => id && onChange({ ...deed, device: id as DeviceId })}
      />
      {deed.kind === 'output' ? (
        <>
          {number(t('rules.output'), deed.output, 1000, (output) => onChange({ ...deed, output }))}
          {number(t('rules.seconds'), deed.seconds, 600, (seconds) => onChange({ ...deed, seconds }))}
        </>
      ) : (
        <>
          {(device?.channels.length ?? 0) > 1 &&
            number(t('rules.channel'), deed.channel, 1000, (channel) => onChange({ ...deed, channel }))}
          {number(t('rules.preset'), deed.preset, 1000, (preset) => onChange({ ...deed, preset }))}
        </>
      )}
    </>
  )
}

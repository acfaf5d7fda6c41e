// SPDX-License-Identifier: Apache-2.0
/** What a rule is about: what happens, where, and at which moment. */
import { Checkbox, Group, MultiSelect } from '@mantine/core'
import type { Device, DeviceId, Moment, When } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import { knownKinds, useKindName } from '../../part/event-kind.tsx'
import { labelsOf } from '../../part/label-fields.tsx'
import css from './rules.module.css'

const MOMENTS: readonly Moment[] = ['began', 'ended', 'lost']
/** Offered at a time: people type a part of the name. */
const OFFERED = 100

interface Props {
  when: When
  devices: readonly Device[]
  set: (change: Partial<When>) => void
}

export function WhenFields({ when, devices, set }: Props) {
  const { t } = useTranslation()
  const kindName = useKindName()
  const titles = { sites: t('rules.sites'), tags: t('rules.tags'), cameras: t('rules.cameras') }
  const kinds = [...new Set([...knownKinds, ...when.kinds])].map((kind) => ({ value: kind, label: kindName(kind) }))
  return (
    <>
      <div className={css['pair']}>
        <MultiSelect
          label={t('rules.kinds')}
          placeholder={when.kinds.length === 0 ? t('events.allKinds') : ''}
          searchable
          data={kinds}
          value={when.kinds}
          onChange={(chosen) => set({ kinds: chosen })}
        />
        <MultiSelect
          label={t('rules.where')}
          placeholder={valuesOf(when).length === 0 ? t('rules.wherePlaceholder') : ''}
          searchable
          limit={OFFERED}
          data={placesOf(devices, when, titles)}
          value={valuesOf(when)}
          onChange={(values) => set(placesIn(values))}
        />
      </div>
      <Checkbox.Group
        label={t('rules.moments')}
        value={when.moments}
        onChange={(moments) => moments.length > 0 && set({ moments: moments as Moment[] })}
      >
        <Group gap="md" mt={6}>
          {MOMENTS.map((moment) => (
            <Checkbox key={moment} value={moment} label={t(`rules.moment_${moment}`)} />
          ))}
        </Group>
      </Checkbox.Group>
    </>
  )
}

/** `site:Harbour`, `tag:gate`, `device:<id>`, `camera:<id>/<channel>` */
const valuesOf = ({ sites, tags, devices, cameras }: When): string[] => [
  ...sites.map((site) => `site:${site}`),
  ...tags.map((tag) => `tag:${tag}`),
  ...devices.map((id) => `device:${id}`),
  ...cameras.map(({ device, channel }) => `camera:${device}/${channel}`),
]

const placesIn = (values: readonly string[]): Pick<When, 'sites' | 'tags' | 'devices' | 'cameras'> => {
  const of = (kind: string) => values.filter((one) => one.startsWith(kind)).map((one) => one.slice(kind.length))
  return {
    sites: of('site:'),
    tags: of('tag:'),
    devices: of('device:') as DeviceId[],
    cameras: of('camera:').map((one) => {
      const [device, channel] = one.split('/')
      return { device: device as DeviceId, channel: Number(channel) }
    }),
  }
}

type Titles = Readonly<Record<'sites' | 'tags' | 'cameras', string>>

const placesOf = (devices: readonly Device[], when: When, titles: Titles) => {
  const { sites, tags } = labelsOf(devices)
  const known = new Set(
    devices.flatMap(({ id, channels }) => [`device:${id}`, ...channels.map((c) => `camera:${id}/${c.id}`)]),
  )
  const gone = valuesOf(when).filter((value) => /^(device|camera):/.test(value) && !known.has(value))
  const all = (kind: string, present: readonly string[], chosen: readonly string[]) =>
    [...new Set([...present, ...chosen])].map((name) => ({ value: `${kind}:${name}`, label: name }))
  const cameras = devices.flatMap(({ id, name, channels }) => [
    { value: `device:${id}`, label: name },
    ...(channels.length > 1
      ? channels.map((channel) => ({ value: `camera:${id}/${channel.id}`, label: `${name}, ${channel.name}` }))
      : []),
  ])
  return [
    { group: titles.sites, items: all('site', sites, when.sites) },
    { group: titles.tags, items: all('tag', tags, when.tags) },
    { group: titles.cameras, items: [...cameras, ...gone.map((value) => ({ value, label: '?' }))] },
  ].filter(({ items }) => items.length > 0)
}

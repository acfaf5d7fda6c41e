// SPDX-License-Identifier: Apache-2.0
/** What stands in each column of the list of devices. */
import { Badge, Tooltip } from '@mantine/core'
import type { Device } from '@openhmp/contract'
import { IconCircleCheckFilled } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { StateBadge } from '../../part/state-badge.tsx'
import { Since, useFormat } from '../../part/time.tsx'
import { problemText } from '../../text/problem.ts'
import type { Column } from './columns.ts'
import css from './devices.module.css'
import { Thumb } from './thumb.tsx'

export function Cell({ device, column }: { device: Device; column: Column }) {
  const { t } = useTranslation()
  const format = useFormat()
  switch (column) {
    case 'name':
      return <NameCell device={device} />
    case 'state':
      return <StateCell device={device} />
    case 'health':
      return <HealthBadge health={device.health} />
    case 'tags':
      return <Tags tags={device.tags} />
    case 'kind':
      return <Text text={t(`devices.kind_${device.kind}`)} />
    case 'channels':
      return <span className="number">{device.channels.length || '—'}</span>
    case 'clock':
      return <ClockOffset offsetMs={device.health?.clockOffsetMs ?? null} />
    case 'since':
      return <Since time={device.state.since} />
    case 'added':
      return <Text text={format.dateTime(device.addedAt)} />
    case 'firmware':
      return <Text text={device.firmwareVersion} />
    case 'serial':
      return <Text text={device.serialNumber} />
    case 'mac':
      return <Text text={device.macAddress} />
    default:
      return <Text text={device[column]} />
  }
}

function Text({ text }: { text: string | null }) {
  return (
    <span className={text ? css['cut'] : css['nothing']} title={text ?? undefined}>
      {text || '—'}
    </span>
  )
}

function NameCell({ device }: { device: Device }) {
  const { t } = useTranslation()
  return (
    <div className={css['nameLine']}>
      <Thumb device={device} />
      <div className={css['nameWords']}>
        <Link
          to="/devices/$id"
          params={{ id: device.id }}
          className={css['name']}
          tabIndex={-1}
          title={device.name}
          preload={false}
        >
          {device.name}
        </Link>
        {(device.channels.length > 1 || device.isDemo) && (
          <span className={css['meta']}>
            {device.channels.length > 1 && t('devices.channelsOf', { count: device.channels.length })}
            {device.isDemo && (
              <Badge size="xs" variant="light" radius="sm">
                {t('demo.badge')}
              </Badge>
            )}
          </span>
        )}
      </div>
    </div>
  )
}

function StateCell({ device: { state } }: { device: Device }) {
  const { i18n } = useTranslation()
  const why = state.cause && problemText(i18n.language, state.cause.code, state.cause.text)
  return (
    <>
      <StateBadge state={state.state} />
      {why && (
        <div className={css['cause']} title={why}>
          {why}
        </div>
      )}
    </>
  )
}

/** Tags of one row; the rest are counted. */
const MAX_TAGS = 2

export function Tags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return <span className={css['nothing']}>—</span>
  const rest = tags.length - MAX_TAGS
  return (
    <span className={css['tags']} title={tags.join(', ')}>
      {tags.slice(0, MAX_TAGS).map((tag) => (
        <span key={tag} className={css['tag']}>
          {tag}
        </span>
      ))}
      {rest > 0 && <span className={css['more']}>+{rest}</span>}
    </span>
  )
}

/** A clock that is off by less is as good as right. */
const FINE_MS = 2000

function ClockOffset({ offsetMs }: { offsetMs: number | null }) {
  const format = useFormat()
  if (offsetMs === null) return <span className={css['nothing']}>—</span>
  const seconds = Math.round(offsetMs / 1000)
  const sign = seconds > 0 ? '+' : '−'
  const text = Math.abs(seconds) < 120 ? `${seconds === 0 ? '' : sign}${Math.abs(seconds)} s` : undefined
  return (
    <span className="number" data-fine={Math.abs(offsetMs) < FINE_MS}>
      {text ?? `${sign}${format.span(Math.abs(offsetMs))}`}
    </span>
  )
}

export function HealthBadge({ health }: { health: Device['health'] }) {
  const { t } = useTranslation()
  if (!health) return <span className={css['nothing']}>—</span>
  const { issues } = health
  if (issues.length === 0)
    return <IconCircleCheckFilled size={16} className={css['good']} role="img" aria-label={t('health.good')} />
  const isBad = issues.some(({ severity }) => severity === 'bad')
  return (
    <Tooltip label={issues.map(({ text }) => text).join(' · ')} multiline maw={420}>
      <Badge variant="light" color={isBad ? 'red' : 'yellow'} radius="sm" className={css['issues'] ?? ''}>
        {t('health.issues', { count: issues.length })}
      </Badge>
    </Tooltip>
  )
}

// SPDX-License-Identifier: Apache-2.0
/**
 * What stands in each column of the list of devices. Plain elements and no hooks, with the words handed down: while it is
 * scrolled, a hundred rows are made in a second.
 */
import type { Device } from '@openhmp/contract'
import { IconCircleCheckFilled } from '@tabler/icons-react'
import type { TFunction } from 'i18next'
import { StateIcon } from '../../part/state-badge.tsx'
import { type Format, SinceIn } from '../../part/time.tsx'
import { problemText } from '../../text/problem.ts'
import type { Column } from './columns.ts'
import css from './devices.module.css'
import { Thumb } from './thumb.tsx'

/** What rows need of the page; the same object as long as the language is. */
export interface Kit {
  readonly t: TFunction
  readonly format: Format
  readonly language: string
}

interface CellProps {
  device: Device
  kit: Kit
}

export function Cell({ device, column, kit }: CellProps & { column: Column }) {
  const { t, format } = kit
  switch (column) {
    case 'name':
      return <NameCell device={device} kit={kit} />
    case 'state':
      return <StateCell device={device} kit={kit} />
    case 'health':
      return <HealthMark health={device.health} kit={kit} />
    case 'tags':
      return <Tags tags={device.tags} />
    case 'kind':
      return <Text text={t(`devices.kind_${device.kind}`)} />
    case 'channels':
      return <span className="number">{device.channels.length || '—'}</span>
    case 'clock':
      return <ClockOffset offsetMs={device.health?.clockOffsetMs ?? null} format={format} />
    case 'since':
      return <SinceIn time={device.state.since} format={format} />
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

/** A plain link: the table takes its clicks, and leaves those to the browser that mean another tab. */
export function NameLink({ device }: { device: Device }) {
  return (
    <a href={`/devices/${device.id}`} className={css['name']} tabIndex={-1} title={device.name}>
      {device.name}
    </a>
  )
}

function NameCell({ device, kit }: CellProps) {
  const { t } = kit
  return (
    <div className={css['nameLine']}>
      <Thumb device={device} />
      <div className={css['nameWords']}>
        <NameLink device={device} />
        {(device.channels.length > 1 || device.isDemo) && (
          <span className={css['meta']}>
            {device.channels.length > 1 && t('devices.channelsOf', { count: device.channels.length })}
            {device.isDemo && <span className={css['tag']}>{t('demo.badge')}</span>}
          </span>
        )}
      </div>
    </div>
  )
}

export function StateMark({ device: { state }, kit: { t } }: CellProps) {
  return (
    <span className={css['state']} data-state={state.state}>
      <StateIcon state={state.state} />
      {t(`devices.state_${state.state}`)}
    </span>
  )
}

function StateCell({ device, kit }: CellProps) {
  const { cause } = device.state
  const why = cause && problemText(kit.language, cause.code, cause.text)
  return (
    <>
      <StateMark device={device} kit={kit} />
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

function Tags({ tags }: { tags: readonly string[] }) {
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

function ClockOffset({ offsetMs, format }: { offsetMs: number | null; format: Format }) {
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

export function HealthMark({ health, kit: { t } }: { health: Device['health']; kit: Kit }) {
  if (!health) return <span className={css['nothing']}>—</span>
  const { issues } = health
  if (issues.length === 0)
    return <IconCircleCheckFilled size={16} className={css['good']} role="img" aria-label={t('health.good')} />
  return (
    <span
      className={css['issues']}
      data-severity={issues.some(({ severity }) => severity === 'bad') ? 'bad' : 'warning'}
      title={issues.map(({ text }) => text).join('\n')}
    >
      {t('health.issues', { count: issues.length })}
    </span>
  )
}

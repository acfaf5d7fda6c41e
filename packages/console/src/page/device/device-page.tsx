// SPDX-License-Identifier: Apache-2.0
/** One device: its live picture, what it is, its streams, what was ordered and what happened. */
import { Badge, SegmentedControl } from '@mantine/core'
import type { Device } from '@openhmp/contract'
import type { CodecName } from '@openhmp/protocol/rtp'
import { IconArrowLeft, IconDeviceCctv } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { deviceQuery, eventsQuery } from '../../api/queries.ts'
import type { ViewStatus } from '../../live/status.ts'
import { camerasOf } from '../../part/cameras.ts'
import { codecName } from '../../part/codec-name.ts'
import { Empty } from '../../part/empty.tsx'
import { EventRow } from '../../part/event-row.tsx'
import { LinkButton } from '../../part/link-button.tsx'
import { LivePicture } from '../../part/live-picture.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { StateBadge } from '../../part/state-badge.tsx'
import { Since, useFormat } from '../../part/time.tsx'
import { Timeline } from '../../part/timeline/timeline.tsx'
import { problemText } from '../../text/problem.ts'
import { Behind } from './behind.tsx'
import { CertificateAlert } from './certificate.tsx'
import css from './device.module.css'
import { DeviceActions } from './device-actions.tsx'
import { HealthCard } from './health.tsx'
import { Orders } from './orders.tsx'
import { SettingsCard } from './settings.tsx'
import { Streams } from './streams.tsx'
import { WatchedCard } from './watched.tsx'

export function DevicePage() {
  const { t } = useTranslation()
  const { id } = useParams({ from: '/app/devices/$id' })
  const found = useQuery(deviceQuery(id))
  const device = found.data
  if (found.error) return <Problem error={found.error} onRetry={() => void found.refetch()} />
  if (device === undefined) return null
  if (!device)
    return (
      <Empty icon={<IconDeviceCctv />} title={t('device.notFound')} text={t('device.notFoundText')}>
        <LinkButton to="/devices" mt="md">
          {t('device.toList')}
        </LinkButton>
      </Empty>
    )
  return device.deviceType === 'agent' ? <AgentView device={device} /> : <DeviceView key={device.id} device={device} />
}

function DeviceView({ device }: { device: Device }) {
  const { t } = useTranslation()
  const cameras = camerasOf([device])
  const [replaced, setReplaced] = useState<CodecName>()
  const onStatus = useCallback((status: ViewStatus) => setReplaced(status.replaced), [])
  const [shown, setShown] = useState(cameras[0]?.key)
  const camera = cameras.find((each) => each.key === shown) ?? cameras[0]
  return (
    <div className={page['page']}>
      <Head device={device} />
      <CertificateAlert device={device} />
      <div className={css['top']}>
        <section className={css['picture']} aria-label={t('device.picture')}>
          {camera ? (
            <LivePicture key={camera.key} camera={camera} onStatus={onStatus} />
          ) : (
            <Empty icon={<IconDeviceCctv />} title={t('device.noStreams')} />
          )}
        </section>
        <Information device={device} />
      </div>
      {replaced && <p className={css['note']}>{t('live.substreamHelp', { codec: codecName(replaced) })}</p>}
      {cameras.length > 1 && (
        <div className={css['channels']}>
          <SegmentedControl
            aria-label={t('device.channel')}
            value={camera?.key ?? ''}
            onChange={setShown}
            data={cameras.map((each) => ({ value: each.key, label: each.name }))}
          />
        </div>
      )}
      <div className={css['timeline']}>
        <Timeline device={device.id} channel={cameras.length > 1 ? camera?.channel.id : undefined} />
      </div>
      <div className={css['rest']}>
        <div className={css['column']}>
          <Streams device={device} />
          <LatestEvents device={device} />
          <SettingsCard device={device} channel={camera?.channel.id} />
        </div>
        <div className={css['column']}>
          <HealthCard device={device} />
          <Orders device={device.id} />
          <WatchedCard device={device} />
        </div>
      </div>
    </div>
  )
}

/** An agent has no pictures and settings of its own: it is what is behind it. */
function AgentView({ device }: { device: Device }) {
  return (
    <div className={page['page']}>
      <Head device={device} />
      <div className={css['rest']}>
        <div className={css['column']}>
          <Behind device={device} />
        </div>
        <div className={css['column']}>
          <Information device={device} />
        </div>
      </div>
    </div>
  )
}

function Head({ device }: { device: Device }) {
  const { t, i18n } = useTranslation()
  const { state, since, cause } = device.state
  return (
    <PageHeader
      title={device.name}
      before={
        <Link to="/devices" className={css['back']} aria-label={t('device.toList')}>
          <IconArrowLeft size={20} aria-hidden="true" />
        </Link>
      }
      lead={
        <span className={css['state']}>
          <StateBadge state={state} /> <Since time={since} />
          {device.isDemo && (
            <Badge size="xs" variant="light" radius="sm">
              {t('demo.badge')}
            </Badge>
          )}
          {cause && <span>{problemText(i18n.language, cause.code, cause.text)}</span>}
        </span>
      }
    >
      <DeviceActions device={device} />
    </PageHeader>
  )
}

function Information({ device }: { device: Device }) {
  const { t } = useTranslation()
  const format = useFormat()
  const rows: [string, string | null][] = [
    [t('device.model'), device.model],
    [t('device.type'), device.deviceType],
    [t('device.serialNumber'), device.serialNumber],
    [t('device.firmware'), device.firmwareVersion],
    [t('device.mac'), device.macAddress],
    [device.kind === 'hmp' ? t('device.identity') : t('device.address'), device.address],
    [t('device.account'), device.userName],
    [t('device.reached'), t(`devices.kind_${device.kind}`)],
    [t('labels.site'), device.site],
    [t('labels.group'), device.group],
    [t('labels.tags'), device.tags.join(', ')],
    [t('device.addedAt'), format.dateTime(device.addedAt)],
  ]
  return (
    <section className={`${page['card']} ${css['info']}`}>
      <div className={page['cardHead']}>
        <h2>{t('device.info')}</h2>
      </div>
      <dl>
        {rows
          .filter(([, value]) => value !== null && value !== '')
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  )
}

/** As many as fit beside the streams. */
const LATEST = 6

function LatestEvents({ device }: { device: Device }) {
  const { t } = useTranslation()
  const pages = useInfiniteQuery(eventsQuery({ device: device.id })).data?.pages
  const events = pages?.flatMap((each) => each.events).slice(0, LATEST) ?? []
  return (
    <section className={page['card']}>
      <div className={page['cardHead']}>
        <h2>{t('device.events')}</h2>
        {events.length > 0 && (
          <Link to="/events" search={{ device: device.id }} className={page['link']}>
            {t('device.allEvents')}
          </Link>
        )}
      </div>
      {pages && events.length === 0 && <p className={css['none']}>{t('device.noEvents')}</p>}
      <ul className={css['events']}>
        {events.map((event) => (
          <li key={event.id}>
            <EventRow event={event} />
          </li>
        ))}
      </ul>
    </section>
  )
}

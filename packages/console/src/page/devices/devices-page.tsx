// SPDX-License-Identifier: Apache-2.0
/** All devices: what they are, how they are, since when and why. */
import { Badge, Chip, Group, TextInput, Tooltip } from '@mantine/core'
import { type Device, GetSnapshot } from '@openhmp/contract'
import {
  IconArrowDown,
  IconArrowUp,
  IconCircleCheckFilled,
  IconDeviceCctv,
  IconPlus,
  IconSearch,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { address } from '../../api/call.ts'
import { devicesQuery } from '../../api/queries.ts'
import { useDemo } from '../../part/demo.ts'
import { Empty } from '../../part/empty.tsx'
import { LinkButton } from '../../part/link-button.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { StateBadge } from '../../part/state-badge.tsx'
import { Since } from '../../part/time.tsx'
import { problemText } from '../../text/problem.ts'
import { arrange, byUrgency, type Column, columns, type DeviceView } from './device-order.ts'
import css from './devices.module.css'

const labels = {
  state: 'state',
  name: 'name',
  model: 'model',
  address: 'address',
  kind: 'reached',
  health: 'health',
  since: 'since',
} as const

export function DevicesPage() {
  const { t, i18n } = useTranslation()
  const { mayConfigure } = useDemo()
  const devices = useQuery(devicesQuery)
  const [view, setView] = useState<DeviceView>({ wanted: '', state: undefined, by: 'name', isDescending: false })
  const all = devices.data ?? []
  const shown = arrange(all, view, i18n.language)
  const states = byUrgency.filter((state) => all.some((device) => device.state.state === state))
  const sort = (by: Column) => setView({ ...view, by, isDescending: view.by === by && !view.isDescending })
  return (
    <div className={page['page']}>
      <PageHeader title={t('devices.title')} lead={devices.data && t('devices.count', { count: all.length })}>
        {mayConfigure && (
          <LinkButton to="/devices/add" leftSection={<IconPlus size={18} />}>
            {t('devices.add')}
          </LinkButton>
        )}
      </PageHeader>
      {devices.error && <Problem error={devices.error} onRetry={() => void devices.refetch()} />}
      {all.length > 0 && (
        <Group mb="md" gap="sm">
          <TextInput
            className={css['search']}
            type="search"
            leftSection={<IconSearch size={16} />}
            aria-label={t('devices.search')}
            placeholder={t('devices.search')}
            value={view.wanted}
            onChange={(event) => setView({ ...view, wanted: event.currentTarget.value })}
          />
          {states.length > 1 && (
            <fieldset className={css['states']} aria-label={t('devices.filterState')}>
              {states.map((state) => (
                <Chip
                  key={state}
                  size="xs"
                  checked={view.state === state}
                  onChange={(isOn) => setView({ ...view, state: isOn ? state : undefined })}
                >
                  {t(`devices.state_${state}`)} {all.filter((device) => device.state.state === state).length}
                </Chip>
              ))}
            </fieldset>
          )}
        </Group>
      )}
      {devices.data && all.length === 0 && <Empty icon={<IconDeviceCctv />} title={t('devices.noneYet')} />}
      {all.length > 0 && shown.length === 0 && (
        <Empty icon={<IconSearch />} title={t('devices.noMatch')} text={t('devices.noMatchHelp')} />
      )}
      {shown.length > 0 && (
        <div className={css['frame']}>
          <table className={css['table']}>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} aria-sort={ariaSort(view, column)}>
                    <button type="button" className={css['sort']} onClick={() => sort(column)}>
                      {t(`devices.${labels[column]}`)}
                      {view.by === column &&
                        (view.isDescending ? <IconArrowDown size={14} /> : <IconArrowUp size={14} />)}
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((device) => (
                <DeviceRow key={device.id} device={device} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

const ariaSort = (view: DeviceView, column: Column) => {
  if (view.by !== column) return 'none'
  return view.isDescending ? 'descending' : 'ascending'
}

function DeviceRow({ device }: { device: Device }) {
  const { t, i18n } = useTranslation()
  const { state, cause, since } = device.state
  const isThere = state === 'online' || state === 'degraded'
  const channel = device.channels[0]
  return (
    <tr>
      <td className={css['stateCell']}>
        <StateBadge state={state} />
        {cause && <div className={css['cause']}>{problemText(i18n.language, cause.code, cause.text)}</div>}
      </td>
      <td className={css['nameCell']}>
        <div className={css['nameLine']}>
          <div className={css['thumb']} aria-hidden="true">
            {isThere && channel ? (
              <img src={address(GetSnapshot, { id: device.id, channel: channel.id })} alt="" loading="lazy" />
            ) : (
              <IconDeviceCctv size={20} stroke={1.6} />
            )}
          </div>
          <div className={css['nameWords']}>
            <Link to="/devices/$id" params={{ id: device.id }} className={css['name']}>
              {device.name}
            </Link>
            <span className={css['meta']}>
              {device.channels.length > 1 && `${device.channels.length} ${t('devices.channels')}`}
              {device.isDemo && (
                <Badge size="xs" variant="light" radius="sm">
                  {t('demo.badge')}
                </Badge>
              )}
            </span>
          </div>
        </div>
      </td>
      <td>{device.model ?? '—'}</td>
      <td className={css['address']}>{device.address}</td>
      <td>{t(`devices.kind_${device.kind}`)}</td>
      <td>
        <HealthBadge health={device.health} />
      </td>
      <td>
        <Since time={since} />
      </td>
    </tr>
  )
}

function HealthBadge({ health }: { health: Device['health'] }) {
  const { t } = useTranslation()
  if (!health) return '—'
  const { issues } = health
  if (issues.length === 0)
    return <IconCircleCheckFilled size={16} className={css['good']} aria-label={t('health.good')} />
  const isBad = issues.some(({ severity }) => severity === 'bad')
  return (
    <Tooltip label={issues.map(({ text }) => text).join(' · ')} multiline maw={420}>
      <Badge variant="light" color={isBad ? 'red' : 'orange'} radius="sm" tabIndex={0}>
        {t('health.issues', { count: issues.length })}
      </Badge>
    </Tooltip>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** How the device is doing: what should not be left so first, then the facts, then its disks. */
import { Button, Progress } from '@mantine/core'
import { CheckDeviceHealth, type Device, GetDeviceHealth, type Health } from '@openhmp/contract'
import { IconAlertTriangleFilled, IconCircleCheckFilled, IconCircleXFilled, IconHeartbeat } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import { Ago, useFormat } from '../../part/time.tsx'
import css from './health.module.css'

export function HealthCard({ device }: { device: Device }) {
  const { t } = useTranslation()
  const params = { id: device.id }
  // Asked again when the live feed tells of a newer look.
  const queryKey = ['health', device.id, device.health?.checkedAt]
  const { data } = useQuery({
    queryKey,
    queryFn: async ({ signal }) => (await call(GetDeviceHealth, { params, signal })).health,
    placeholderData: (before) => before,
  })
  const look = useMutation({
    mutationFn: () => call(CheckDeviceHealth, { params }),
    onSuccess: ({ health }) => queries.setQueryData(queryKey, health),
  })
  if (device.kind === 'rtsp') return null
  return (
    <section className={page['card']}>
      <div className={page['cardHead']}>
        <h2>{t('health.title')}</h2>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconHeartbeat size={16} />}
          loading={look.isPending}
          onClick={() => look.mutate()}
        >
          {t('health.look')}
        </Button>
      </div>
      <div className={css['body']}>
        {look.error && <Problem error={look.error} />}
        {data ? <Findings health={data} /> : <p className={css['none']}>{t('health.notYet')}</p>}
      </div>
    </section>
  )
}

function Findings({ health }: { health: Health }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { issues, disks, checkedAt } = health
  const facts: [string, string | null][] = [
    [t('health.uptime'), health.uptimeSeconds === null ? null : format.span(health.uptimeSeconds * 1000)],
    [t('health.clock'), clockText(health)],
    [t('health.cpu'), health.cpuPercent === null ? null : `${health.cpuPercent} %`],
    [t('health.temperature'), health.temperatureCelsius === null ? null : `${health.temperatureCelsius} °C`],
  ]
  return (
    <>
      <ul className={css['issues']}>
        {issues.length === 0 && (
          <li data-severity="good">
            <IconCircleCheckFilled size={16} aria-hidden="true" />
            {t('health.good')}
          </li>
        )}
        {issues.map(({ code, severity, text }) => (
          <li key={`${code} ${text}`} data-severity={severity}>
            {severity === 'bad' ? (
              <IconCircleXFilled size={16} aria-hidden="true" />
            ) : (
              <IconAlertTriangleFilled size={16} aria-hidden="true" />
            )}
            <span>{text}</span>
          </li>
        ))}
      </ul>
      <dl className={css['facts']}>
        {facts
          .filter(([, value]) => value !== null)
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {disks.map((disk) => (
        <DiskRow key={disk.name} disk={disk} />
      ))}
      <p className={css['when']}>
        {t('health.checked')} <Ago time={checkedAt} />
      </p>
    </>
  )
}

function DiskRow({ disk: { name, state, isGood, capacityMb, freeMb } }: { disk: Health['disks'][number] }) {
  const { t } = useTranslation()
  const used = capacityMb && freeMb !== null ? Math.round((1 - freeMb / capacityMb) * 100) : null
  return (
    <div className={css['disk']}>
      <span>{name}</span>
      <span data-good={isGood}>{state}</span>
      {used !== null && <Progress value={used} aria-label={t('health.used', { name, percent: used })} />}
      {used !== null && <span className={page['dim']}>{`${used} %`}</span>}
    </div>
  )
}

const clockText = ({ clockOffsetMs, clockMode }: Health): string | null => {
  if (clockOffsetMs === null) return clockMode
  const seconds = Math.round(clockOffsetMs / 1000)
  return `${seconds > 0 ? '+' : ''}${seconds} s${clockMode ? ` (${clockMode})` : ''}`
}

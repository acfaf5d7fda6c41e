// SPDX-License-Identifier: Apache-2.0
/** One job: its waves, what can be done with it, and each of its devices with what was found or done there. */
import { Button, Progress } from '@mantine/core'
import {
  ApplyDesired,
  CancelJob,
  type DeviceApplied,
  type DevicePlan,
  type Difference,
  type Job,
  type JobDevice,
  PauseJob,
  ResumeJob,
  RetryJob,
  UndoJob,
} from '@openhmp/contract'
import { IconArrowLeft } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { jobDevicesQuery, jobQuery, sessionQuery } from '../../api/queries.ts'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { Ago } from '../../part/time.tsx'
import css from './fleet.module.css'
import { JobBar } from './job-bar.tsx'
import { jobTitle } from './job-title.ts'

export function JobPage() {
  const { id } = useParams({ from: '/app/fleet/$id' })
  const job = useQuery(jobQuery(id))
  if (job.error) return <Problem error={job.error} onRetry={() => void job.refetch()} />
  return job.data ? <JobView key={id} job={job.data} /> : null
}

function JobView({ job }: { job: Job }) {
  const { t } = useTranslation()
  const devices = useQuery(jobDevicesQuery(job)).data ?? []
  return (
    <div className={page['page']}>
      <PageHeader
        title={jobTitle(t, job)}
        before={
          <Link to="/fleet" className={css['back']} aria-label={t('fleet.back')}>
            <IconArrowLeft size={20} aria-hidden="true" />
          </Link>
        }
        lead={
          <>
            <strong data-state={job.state}>{t(`fleet.state_${job.state}`)}</strong> · {job.by} ·{' '}
            <Ago time={job.createdAt} />
            {job.note && ` · ${job.note}`}
          </>
        }
      >
        <Actions job={job} devices={devices} />
      </PageHeader>
      <div className={css['stack']}>
        <section className={page['card']} aria-label={t('fleet.waves')}>
          <div className={css['waves']}>
            <JobBar counts={job.counts} label={t('fleet.all')} />
            {job.waves.length > 1 &&
              job.waves.map(({ number, total, ended, failed }) => (
                <div key={number} className={css['wave']}>
                  <span>{t('fleet.wave', { number })}</span>
                  <JobBar
                    counts={{ total, failed, done: ended - failed, skipped: 0, cancelled: 0, running: 0 }}
                    label={t('fleet.wave', { number })}
                  />
                </div>
              ))}
          </div>
        </section>
        <section className={page['card']} aria-label={t('fleet.devices')}>
          <ul className={css['devices']}>
            {devices.map((device) => (
              <DeviceItem key={device.device} device={device} />
            ))}
          </ul>
        </section>
      </div>
    </div>
  )
}

function Actions({ job, devices }: { job: Job; devices: readonly JobDevice[] }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const mayConfigure = useQuery(sessionQuery).data?.everywhere.includes('device.configure') ?? false
  const params = { id: job.id }
  const act = useMutation({
    mutationFn: (run: () => Promise<Job>) => run(),
    onSuccess: async (next) => {
      queries.setQueryData(jobQuery(next.id).queryKey, next)
      if (next.id !== job.id) await navigate({ to: '/fleet/$id', params: { id: next.id } })
    },
  })
  const differs = devices.some(({ result }) => ((result as DevicePlan | null)?.differences?.length ?? 0) > 0)
  const isOver = job.endedAt !== null
  const button = (label: string, run: () => Promise<Job>, isMain = false) => (
    <Button key={label} variant={isMain ? 'filled' : 'default'} loading={act.isPending} onClick={() => act.mutate(run)}>
      {label}
    </Button>
  )
  if (!mayConfigure) return null
  return (
    <>
      {act.error && <Problem error={act.error} />}
      {job.state === 'running' && button(t('fleet.pause'), () => call(PauseJob, { params }))}
      {job.state === 'paused' && button(t('fleet.resume'), () => call(ResumeJob, { params }), true)}
      {!isOver && job.state !== 'cancelling' && button(t('common.cancel'), () => call(CancelJob, { params }))}
      {isOver && job.counts.failed > 0 && button(t('fleet.retry'), () => call(RetryJob, { params }))}
      {isOver && job.kind === 'apply' && button(t('fleet.undo'), () => call(UndoJob, { params }))}
      {isOver &&
        job.kind === 'plan' &&
        differs &&
        button(t('fleet.apply'), () => call(ApplyDesired, { body: { plan: job.id, rollout: CAREFUL } }), true)}
    </>
  )
}

/** One device first, then a twentieth, then a quarter, then the rest; a few failures stop it. */
const CAREFUL = { waves: [1, '5%', '25%', '100%'], maxFailures: 3 }

/** Of a firmware job. */
interface Renewed {
  readonly versionBefore: string
  readonly version: string
}

/** Of a check. */
interface Checked {
  readonly model: string | null
  readonly firmwareVersion: string | null
  readonly issues: readonly string[]
}

function DeviceItem({ device }: { device: JobDevice }) {
  const { t } = useTranslation()
  const result = device.result as Partial<DevicePlan & DeviceApplied & Renewed & Checked> | null
  const problems = [...(result?.problems ?? []), ...(result?.refused ?? [])]
  return (
    <li>
      <div className={css['deviceHead']}>
        <Link to="/devices/$id" params={{ id: device.device }} className={page['link']}>
          {device.deviceName}
        </Link>
        <span data-state={device.state}>{t(`fleet.device_${device.state}`)}</span>
        {device.step && <span className={page['dim']}>{device.step}</span>}
        {device.state === 'running' && <Progress value={device.share * 100} w={120} aria-label={device.deviceName} />}
        {result?.version && (
          <span>
            {result.versionBefore} → <strong>{result.version}</strong>
          </span>
        )}
        {result?.issues && (
          <span className={page['dim']}>{[result.model, result.firmwareVersion].filter(Boolean).join(' · ')}</span>
        )}
        {device.text && <span>{device.text}</span>}
        {device.state === 'done' && result?.differences?.length === 0 && problems.length === 0 && (
          <span className={page['dim']}>{t('fleet.same')}</span>
        )}
      </div>
      <ul className={css['differences']}>
        {[...(result?.differences ?? []), ...(result?.changed ?? [])].map((one) => (
          <DifferenceItem key={keyOf(one)} difference={one} />
        ))}
        {result?.altered?.map((one) => (
          <li key={keyOf(one)} data-state="failed">
            {t('fleet.altered', { place: placeOf(one), told: show(one.told), is: show(one.is) })}
          </li>
        ))}
        {result?.issues?.map((issue) => (
          <li key={issue} data-state="failed">
            {issue}
          </li>
        ))}
        {problems.map((one) => (
          <li key={`${one.section} ${one.channel} ${one.text}`} data-state="failed">
            {one.section}: {one.text}
          </li>
        ))}
      </ul>
    </li>
  )
}

function DifferenceItem({ difference }: { difference: Difference }) {
  return (
    <li>
      <code>{placeOf(difference)}</code> <del>{show(difference.is)}</del> → <ins>{show(difference.told)}</ins>
    </li>
  )
}

const placeOf = ({ section, channel, field }: Difference): string =>
  `${section}${channel === null ? '' : `[${channel}]`}.${field}`
const keyOf = (one: Difference): string => placeOf(one)
const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

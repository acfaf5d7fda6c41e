// SPDX-License-Identifier: Apache-2.0
/** The fleet as a whole: what devices should be, and the jobs that compare and change them. */
import type { Job } from '@openhmp/contract'
import { IconListCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { jobsQuery } from '../../api/queries.ts'
import { Empty } from '../../part/empty.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { Ago } from '../../part/time.tsx'
import { AccountCard } from './account-card.tsx'
import { DesiredCard } from './desired-card.tsx'
import { DriftCard } from './drift-card.tsx'
import { FirmwareCard } from './firmware-card.tsx'
import css from './fleet.module.css'
import { JobBar } from './job-bar.tsx'
import { jobTitle } from './job-title.ts'

export function FleetPage() {
  const { t } = useTranslation()
  const jobs = useQuery(jobsQuery)
  return (
    <div className={page['page']}>
      <PageHeader title={t('fleet.title')} lead={t('fleet.lead')} />
      <div className={css['stack']}>
        <DesiredCard />
        <DriftCard />
        <FirmwareCard />
        <AccountCard />
        <section className={page['card']} aria-label={t('fleet.jobs')}>
          <div className={page['cardHead']}>
            <h2>{t('fleet.jobs')}</h2>
          </div>
          {jobs.error && <Problem error={jobs.error} onRetry={() => void jobs.refetch()} />}
          {jobs.data?.length === 0 && <Empty icon={<IconListCheck />} title={t('fleet.noJobs')} />}
          <ul className={css['jobs']}>
            {jobs.data?.map((job) => (
              <JobRow key={job.id} job={job} />
            ))}
          </ul>
        </section>
      </div>
    </div>
  )
}

function JobRow({ job }: { job: Job }) {
  const { t } = useTranslation()
  const title = jobTitle(t, job)
  return (
    <li>
      <div className={css['jobWords']}>
        <Link to="/fleet/$id" params={{ id: job.id }} className={page['link']}>
          {title}
        </Link>
        <span className={page['dim']}>
          {job.by} · <Ago time={job.createdAt} />
        </span>
      </div>
      <JobBar counts={job.counts} label={title} />
      <span data-state={job.state} className={css['jobState']}>
        {t(`fleet.state_${job.state}`)}
      </span>
    </li>
  )
}

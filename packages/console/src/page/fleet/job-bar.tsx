// SPDX-License-Identifier: Apache-2.0
/** How far a job, or one wave of it, is: done, failed, at work. */
import { Progress } from '@mantine/core'
import type { JobCounts } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import css from './fleet.module.css'

type Counts = Pick<JobCounts, 'total' | 'done' | 'failed' | 'skipped' | 'cancelled' | 'running'>

export function JobBar({ counts, label }: { counts: Counts; label: string }) {
  const { t } = useTranslation()
  const { total, failed, running } = counts
  const share = (count: number) => (total === 0 ? 0 : (count / total) * 100)
  const ended = counts.done + failed + counts.skipped + counts.cancelled
  return (
    <div className={css['bar']}>
      <Progress.Root size="lg" aria-label={label}>
        <Progress.Section value={share(counts.done)} color="teal" aria-label={t('fleet.done')} />
        <Progress.Section
          value={share(counts.skipped + counts.cancelled)}
          color="gray"
          aria-label={t('fleet.skipped')}
        />
        <Progress.Section value={share(failed)} color="red" aria-label={t('fleet.failed')} />
        <Progress.Section value={share(running)} color="blue" striped animated aria-label={t('fleet.running')} />
      </Progress.Root>
      <span>{t('fleet.progress', { ended, total, failed })}</span>
    </div>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** When events were: a column for each stretch of time, which a click shows alone; and how many of which kinds. */
import { Chip } from '@mantine/core'
import type { Output, SummarizeEvents } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import { KindIcon, useKindName } from '../../part/event-kind.tsx'
import { useFormat } from '../../part/time.tsx'
import css from './events.module.css'

type Summary = Output<(typeof SummarizeEvents)['answer']>

interface Props {
  summary: Summary
  /** ISO 8601. */
  from: string
  to: string
  kind: string | undefined
  onKind: (kind: string | undefined) => void
  onTime: (from: string, to: string) => void
}

export function Histogram({ summary, from, to, kind, onKind, onTime }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const kindName = useKindName()
  const { columns, columnMs, total, isMore, kinds } = summary
  const counts = new Map(columns.map((one) => [Date.parse(one.from), one.count]))
  const most = Math.max(1, ...counts.values())
  const first = Math.floor(Date.parse(from) / columnMs) * columnMs
  const starts = Array.from({ length: Math.ceil((Date.parse(to) - first) / columnMs) }, (_, i) => first + i * columnMs)
  const number = format.number(total)
  const counted = isMore ? t('events.countedMore', { number }) : t('events.counted', { count: total, number })
  const ends = { from: format.dateTime(from), to: format.dateTime(to) }
  return (
    <section className={css['when']} aria-label={t('events.when', { ...ends, count: total })}>
      <div className={css['columns']} aria-hidden="true">
        {starts.map((start) => {
          const count = counts.get(start) ?? 0
          const since = new Date(start).toISOString()
          return (
            <button
              key={start}
              type="button"
              tabIndex={-1}
              className={css['column']}
              title={t('events.column', { from: format.dateTime(since), number: format.number(count) })}
              onClick={() => onTime(since, new Date(start + columnMs).toISOString())}
            >
              <span style={{ height: `${count === 0 ? 0 : Math.max(6, (count / most) * 100)}%` }} />
            </button>
          )
        })}
      </div>
      <div className={css['scale']}>
        <span className="number">{ends.from}</span>
        <strong className="number">{counted}</strong>
        <span className="number">{ends.to}</span>
      </div>
      <div className={css['kinds']}>
        {kinds.slice(0, 8).map((one) => (
          <Chip
            key={one.kind}
            size="xs"
            checked={kind === one.kind}
            onChange={(isOn) => onKind(isOn ? one.kind : undefined)}
          >
            <span className={css['chip']}>
              <KindIcon kind={one.kind} size={14} />
              {kindName(one.kind)}
              <span className="number">{format.number(one.count)}</span>
            </span>
          </Chip>
        ))}
      </div>
    </section>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** What was found, a row each: what it is, whether it is ours, and how adding it went. */
import { Checkbox, Loader } from '@mantine/core'
import type { FoundDevice } from '@openhmp/contract'
import { IconCircleCheckFilled, IconCircleXFilled, IconKeyOff, IconPlus, IconWorld } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { problemText } from '../../text/problem.ts'
import css from './find.module.css'
import { addressOf, keyOf, type Standing, standingOf } from './standing.ts'
import type { Outcome } from './use-adding-many.ts'

/** The same in every language. */
const names = { sadp: 'SADP', wsDiscovery: 'WS-Discovery' } as const

interface Props {
  found: readonly FoundDevice[]
  outcomes: ReadonlyMap<string, Outcome>
  chosen: ReadonlySet<string>
  /** Those that can be chosen. */
  eligible: ReadonlySet<string>
  onChoose: (chosen: ReadonlySet<string>) => void
}

export function FoundList({ found, outcomes, chosen, eligible, onChoose }: Props) {
  const { t } = useTranslation()
  const chosenCount = [...eligible].filter((key) => chosen.has(key)).length
  const isAll = eligible.size > 0 && chosenCount === eligible.size
  const toggle = (key: string) => {
    const next = new Set(chosen)
    if (!next.delete(key)) next.add(key)
    onChoose(next)
  }
  return (
    <>
      <div className={css['head']}>
        <Checkbox
          label={t('find.chooseAll', { count: eligible.size })}
          checked={isAll}
          indeterminate={chosenCount > 0 && !isAll}
          disabled={eligible.size === 0}
          onChange={() => onChoose(isAll ? new Set() : new Set(eligible))}
        />
      </div>
      <ul className={css['list']} aria-label={t('find.found')}>
        {found.map((device) => {
          const key = keyOf(device)
          return (
            <Row
              key={key}
              device={device}
              outcome={outcomes.get(key)}
              isChosen={chosen.has(key)}
              isEligible={eligible.has(key)}
              onToggle={() => toggle(key)}
            />
          )
        })}
      </ul>
    </>
  )
}

interface RowProps {
  device: FoundDevice
  outcome: Outcome | undefined
  isChosen: boolean
  isEligible: boolean
  onToggle: () => void
}

function Row({ device, outcome, isChosen, isEligible, onToggle }: RowProps) {
  const { t } = useTranslation()
  const { model, name, firmwareVersion, serialNumber, macAddress, methods, kind } = device
  const address = addressOf(device)
  const facts = [name !== model && name, firmwareVersion].filter(Boolean).join(' · ')
  const numbers = [macAddress, serialNumber].filter(Boolean).join(' · ')
  return (
    <li className={css['row']} data-chosen={isChosen}>
      <Checkbox
        aria-label={t('find.choose', { address })}
        checked={isChosen}
        disabled={!isEligible}
        onChange={onToggle}
        className={css['box']}
      />
      <div className={css['what']}>
        <strong>{address}</strong>
        <span>{model ?? t(`find.kind_${kind}`)}</span>
        {facts && <small>{facts}</small>}
      </div>
      <div className={css['numbers']}>
        {numbers && <small title={numbers}>{numbers}</small>}
        <small>{methods.map((method) => (method === 'range' ? t('find.range') : names[method])).join(', ')}</small>
      </div>
      <div className={css['fate']}>
        <Fate device={device} outcome={outcome} />
      </div>
    </li>
  )
}

const icons: Record<Standing, typeof IconPlus> = {
  new: IconPlus,
  known: IconCircleCheckFilled,
  'not-activated': IconKeyOff,
  other: IconWorld,
}

function Fate({ device, outcome }: { device: FoundDevice; outcome: Outcome | undefined }) {
  const { t, i18n } = useTranslation()
  const standing = standingOf(device)
  if (outcome?.state === 'waiting') return <span className={css['dim']}>{t('find.waiting')}</span>
  if (outcome?.state === 'working')
    return (
      <span className={css['dim']}>
        <Loader size={14} /> {t('find.working')}
      </span>
    )
  if (outcome?.state === 'failed' && standing !== 'known')
    return (
      <span className={css['bad']}>
        <IconCircleXFilled size={15} aria-hidden="true" />
        {problemText(i18n.language, outcome.problem.code, outcome.problem.text)}
      </span>
    )
  const id = outcome?.state === 'added' ? outcome.device : device.known
  if (id !== null)
    return (
      <span className={css['good']}>
        <IconCircleCheckFilled size={15} aria-hidden="true" />
        <Link to="/devices/$id" params={{ id }}>
          {outcome?.state === 'added' ? t('find.added', { name: outcome.name }) : t('find.standing_known')}
        </Link>
      </span>
    )
  const Icon = icons[standing]
  return (
    <span className={css['standingBadge']} data-standing={standing}>
      <Icon size={14} aria-hidden="true" />
      {t(`find.standing_${standing}`)}
    </span>
  )
}

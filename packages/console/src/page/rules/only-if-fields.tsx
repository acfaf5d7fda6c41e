// SPDX-License-Identifier: Apache-2.0
/** Conditions that few rules need, and how often a rule may speak. */
import { MultiSelect, NumberInput, Select, TagsInput } from '@mantine/core'
import type { NewRule, When } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import { knownKinds, useKindName } from '../../part/event-kind.tsx'
import css from './rules.module.css'

const LONGEST = 86_400
const LONGEST_AFTER = 3600
const TARGETS = ['human', 'vehicle'] as const
const WHERE = ['site', 'device', 'camera'] as const
type Where = (typeof WHERE)[number]

interface Props {
  rule: NewRule
  set: (change: Partial<NewRule>) => void
}

export function OnlyIfFields({ rule: { when }, set }: Props) {
  const { t } = useTranslation()
  const setWhen = (change: Partial<When>) => set({ when: { ...when, ...change } })
  const targets = [...new Set([...TARGETS, ...when.targets])].map((value) => ({
    value,
    label: value === 'human' || value === 'vehicle' ? t(`rules.target_${value}`) : value,
  }))
  return (
    <>
      <div className={css['pair']}>
        <Select
          label={t('rules.arming')}
          allowDeselect={false}
          data={(['any', 'armed', 'disarmed'] as const).map((value) => ({ value, label: t(`rules.arming_${value}`) }))}
          value={when.arming ?? 'any'}
          onChange={(value) => setWhen({ arming: value === 'armed' || value === 'disarmed' ? value : null })}
        />
        <NumberInput
          label={t('rules.minSeconds')}
          min={0}
          max={LONGEST}
          value={when.minSeconds}
          onChange={(value) => setWhen({ minSeconds: Number(value) || 0 })}
        />
        <MultiSelect
          label={t('rules.targets')}
          data={targets}
          value={when.targets}
          onChange={(chosen) => setWhen({ targets: chosen })}
        />
        <TagsInput
          label={t('rules.regions')}
          description={t('rules.regionsHelp')}
          value={when.regions.map(String)}
          onChange={(chosen) =>
            setWhen({ regions: chosen.map(Number).filter((one) => Number.isInteger(one) && one >= 0) })
          }
        />
      </div>
      <After when={when} setWhen={setWhen} />
    </>
  )
}

function After({ when: { after }, setWhen }: { when: When; setWhen: (change: Partial<When>) => void }) {
  const { t } = useTranslation()
  const kindName = useKindName()
  const kinds = [...new Set([...knownKinds, ...(after?.kinds ?? [])])].map((kind) => ({
    value: kind,
    label: kindName(kind),
  }))
  const now = after ?? { kinds: [], seconds: 60, where: 'site' as Where }
  return (
    <div className={css['triple']}>
      <MultiSelect
        label={t('rules.after')}
        searchable
        data={kinds}
        value={now.kinds}
        onChange={(chosen) => setWhen({ after: chosen.length === 0 ? null : { ...now, kinds: chosen } })}
      />
      <NumberInput
        label={t('rules.afterSeconds')}
        min={1}
        max={LONGEST_AFTER}
        disabled={after === null}
        value={now.seconds}
        onChange={(value) => setWhen({ after: { ...now, seconds: Number(value) || 1 } })}
      />
      <Select
        label={t('rules.afterWhere')}
        allowDeselect={false}
        disabled={after === null}
        data={WHERE.map((value) => ({ value, label: t(`rules.afterWhere_${value}`) }))}
        value={now.where}
        onChange={(value) => setWhen({ after: { ...now, where: value as Where } })}
      />
    </div>
  )
}

export function CalmFields({ rule: { holdDownSeconds, groupSeconds }, set }: Props) {
  const { t } = useTranslation()
  return (
    <div className={css['pair']}>
      <NumberInput
        label={t('rules.holdDown')}
        description={t('rules.holdDownHelp')}
        min={0}
        max={LONGEST}
        value={holdDownSeconds}
        onChange={(value) => set({ holdDownSeconds: Number(value) || 0 })}
      />
      <NumberInput
        label={t('rules.group')}
        description={t('rules.groupHelp')}
        min={0}
        max={LONGEST_AFTER}
        value={groupSeconds}
        onChange={(value) => set({ groupSeconds: Number(value) || 0 })}
      />
    </div>
  )
}

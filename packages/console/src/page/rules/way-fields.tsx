// SPDX-License-Identifier: Apache-2.0
/** How a mail server and a broker are reached. */
import { NumberInput, Select, Switch, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import css from './rules.module.css'
import { portOf, type TargetDraft } from './target-draft.ts'

interface Props {
  draft: TargetDraft
  set: (change: Partial<TargetDraft>) => void
}

const SECURITY = ['starttls', 'tls', 'none'] as const

export function MailFields({ draft, set }: Props) {
  const { t } = useTranslation()
  return (
    <>
      <div className={css['triple']}>
        <Host draft={draft} set={set} />
        <Port draft={draft} set={set} />
        <Select
          label={t('rules.security')}
          allowDeselect={false}
          data={SECURITY.map((value) => ({ value, label: t(`rules.security_${value}`) }))}
          value={draft.security}
          onChange={(value) => {
            const security = value as TargetDraft['security']
            set({ security, port: portOf('email', security === 'tls') })
          }}
        />
      </div>
      <div className={css['pair']}>
        <TextInput
          label={t('rules.fromMail')}
          type="email"
          required
          withAsterisk={false}
          value={draft.from}
          onChange={({ currentTarget: { value } }) => set({ from: value })}
        />
        <TextInput
          label={t('rules.toMail')}
          placeholder={t('rules.toMailHelp')}
          required
          withAsterisk={false}
          value={draft.to}
          onChange={({ currentTarget: { value } }) => set({ to: value })}
        />
      </div>
    </>
  )
}

export function MqttFields({ draft, set }: Props) {
  const { t } = useTranslation()
  return (
    <>
      <div className={css['triple']}>
        <Host draft={draft} set={set} />
        <Port draft={draft} set={set} />
        <Switch
          className={css['low']!}
          label={t('rules.isTls')}
          checked={draft.isTls}
          onChange={({ currentTarget: { checked } }) => set({ isTls: checked, port: portOf('mqtt', checked) })}
        />
      </div>
      <div className={css['pair']}>
        <TextInput
          label={t('rules.topic')}
          required
          withAsterisk={false}
          value={draft.topic}
          onChange={({ currentTarget: { value } }) => set({ topic: value })}
        />
        <TextInput
          label={t('rules.discovery')}
          placeholder={t('rules.discoveryHelp')}
          value={draft.discovery}
          onChange={({ currentTarget: { value } }) => set({ discovery: value })}
        />
      </div>
    </>
  )
}

function Host({ draft, set }: Props) {
  const { t } = useTranslation()
  return (
    <TextInput
      label={t('rules.host')}
      required
      withAsterisk={false}
      spellCheck={false}
      maxLength={255}
      value={draft.host}
      onChange={({ currentTarget: { value } }) => set({ host: value })}
    />
  )
}

function Port({ draft, set }: Props) {
  const { t } = useTranslation()
  return (
    <NumberInput
      label={t('rules.port')}
      min={1}
      max={65_535}
      hideControls
      value={draft.port}
      onChange={(value) => set({ port: Number(value) || 1 })}
    />
  )
}

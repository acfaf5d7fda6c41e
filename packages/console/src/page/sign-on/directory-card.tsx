// SPDX-License-Identifier: Apache-2.0
/** The directory: where it is, how people and their groups are found there, and whether it answers. */
import { Accordion, PasswordInput, Switch, Text, Textarea, TextInput } from '@mantine/core'
import type { SignOnWish } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import page from '../../part/page.module.css'
import type { DirectoryDraft } from './draft.ts'
import css from './sign-on.module.css'
import { TryIt } from './try-it.tsx'

interface Props {
  draft: DirectoryDraft
  hasSecret: boolean
  set: (change: Partial<DirectoryDraft>) => void
  wish: () => SignOnWish
}

type Field = Exclude<keyof DirectoryDraft, 'isOn' | 'ca'>

export function DirectoryCard({ draft, hasSecret, set, wish }: Props) {
  const { t } = useTranslation()
  const field = (name: Field) => ({
    label: name === 'secret' ? t('signOn.bindPassword') : t(`signOn.${name}`),
    autoComplete: 'off',
    value: draft[name],
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) => set({ [name]: value }),
  })
  return (
    <section className={page['card']} aria-label={t('signOn.directory')}>
      <div className={page['cardHead']}>
        <h2>{t('signOn.directory')}</h2>
        <Switch
          label={t('signOn.isOn')}
          checked={draft.isOn && draft.url !== ''}
          disabled={draft.url === ''}
          onChange={() => set({ isOn: !draft.isOn })}
        />
      </div>
      <div className={css['body']}>
        <Text size="sm" c="dimmed">
          {t('signOn.directoryHelp')}
        </Text>
        <div className={css['pair']}>
          <TextInput {...field('url')} description={t('signOn.urlHelp')} placeholder="ldaps://dc.example.org" />
          <TextInput {...field('base')} description={t('signOn.baseHelp')} placeholder="dc=example,dc=org" />
          <TextInput {...field('bindDn')} placeholder="cn=reader,dc=example,dc=org" />
          <PasswordInput
            {...field('secret')}
            autoComplete="new-password"
            placeholder={hasSecret ? t('rules.passwordKept') : ''}
          />
        </div>
        <TextInput {...field('filter')} description={t('signOn.filterHelp')} />
        <Accordion variant="contained">
          <Accordion.Item value="more">
            <Accordion.Control>{t('rules.advanced')}</Accordion.Control>
            <Accordion.Panel>
              <div className={css['pair']}>
                <TextInput {...field('idAttribute')} description={t('signOn.idAttributeHelp')} />
                <TextInput {...field('nameAttribute')} description={t('signOn.nameAttributeHelp')} />
                <TextInput {...field('groupsAttribute')} description={t('signOn.groupsAttributeHelp')} />
                <TextInput {...field('groupFilter')} description={t('signOn.groupFilterHelp')} />
              </div>
              <Textarea
                mt="sm"
                label={t('rules.ca')}
                description={t('rules.caHelp')}
                autosize
                minRows={2}
                maxRows={8}
                value={draft.ca}
                onChange={(event) => set({ ca: event.currentTarget.value })}
              />
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
        <TryIt way="directory" wish={wish} isReady={draft.url !== '' && draft.base !== ''} />
      </div>
    </section>
  )
}

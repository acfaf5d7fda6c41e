// SPDX-License-Identifier: Apache-2.0
/** The OpenID provider: where it is, what it knows this server by, and whether it answers. */
import { Accordion, PasswordInput, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { API_ROOT, FinishOidc, type SignOnWish } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import page from '../../part/page.module.css'
import type { OidcDraft } from './draft.ts'
import css from './sign-on.module.css'
import { TryIt } from './try-it.tsx'

interface Props {
  draft: OidcDraft
  hasSecret: boolean
  set: (change: Partial<OidcDraft>) => void
  wish: () => SignOnWish
}

export function OidcCard({ draft, hasSecret, set, wish }: Props) {
  const { t } = useTranslation()
  const field = (
    name: 'label' | 'issuer' | 'clientId' | 'secret' | 'address' | 'scopes' | 'nameClaim' | 'groupsClaim',
  ) => ({
    label: t(`signOn.${name}`),
    autoComplete: 'off',
    value: draft[name],
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) => set({ [name]: value }),
  })
  return (
    <section className={page['card']} aria-label={t('signOn.oidc')}>
      <div className={page['cardHead']}>
        <h2>{t('signOn.oidc')}</h2>
        <Switch
          label={t('signOn.isOn')}
          checked={draft.isOn && draft.issuer !== ''}
          disabled={draft.issuer === ''}
          onChange={() => set({ isOn: !draft.isOn })}
        />
      </div>
      <div className={css['body']}>
        <Text size="sm" c="dimmed">
          {t('signOn.oidcHelp')}
        </Text>
        <TextInput
          {...field('issuer')}
          description={t('signOn.issuerHelp')}
          placeholder="https://id.example.org/realm"
        />
        <div className={css['pair']}>
          <TextInput {...field('clientId')} />
          <PasswordInput
            {...field('secret')}
            autoComplete="new-password"
            placeholder={hasSecret ? t('rules.passwordKept') : ''}
          />
          <TextInput
            {...field('label')}
            description={t('signOn.labelHelp')}
            maxLength={40}
            placeholder={t('signOn.labelHint')}
          />
          <TextInput {...field('address')} description={t('signOn.addressHelp')} />
        </div>
        <Text size="sm" className={css['address']!}>
          {t('signOn.register')} <code>{draft.address + API_ROOT + FinishOidc.path}</code>
        </Text>
        <Accordion variant="contained">
          <Accordion.Item value="more">
            <Accordion.Control>{t('rules.advanced')}</Accordion.Control>
            <Accordion.Panel>
              <div className={css['pair']}>
                <TextInput {...field('nameClaim')} description={t('signOn.nameClaimHelp')} />
                <TextInput {...field('groupsClaim')} description={t('signOn.groupsClaimHelp')} />
                <TextInput {...field('scopes')} />
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
        <TryIt way="oidc" wish={wish} isReady={draft.issuer !== '' && draft.clientId !== ''} />
      </div>
    </section>
  )
}

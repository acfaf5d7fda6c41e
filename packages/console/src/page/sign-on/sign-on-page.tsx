// SPDX-License-Identifier: Apache-2.0
/** Who else vouches for people: the settings of signing in with what another keeps. */
import { Button } from '@mantine/core'
import { PutSignOnSettings, type SignOnSettings } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { rolesQuery } from '../../api/people-queries.ts'
import { reloadSignOn, signOnSettingsQuery } from '../../api/sign-on-queries.ts'
import { LinkButton } from '../../part/link-button.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { DirectoryCard } from './directory-card.tsx'
import { draftOf, wishOf } from './draft.ts'
import { GroupsCard } from './groups-card.tsx'
import { OidcCard } from './oidc-card.tsx'
import css from './sign-on.module.css'

export function SignOnPage() {
  const { t } = useTranslation()
  const settings = useQuery(signOnSettingsQuery)
  return (
    <div className={page['page']}>
      <PageHeader title={t('signOn.title')} lead={t('signOn.lead')}>
        <LinkButton to="/people" variant="default">
          {t('people.title')}
        </LinkButton>
      </PageHeader>
      {settings.error && <Problem error={settings.error} />}
      {settings.data && <Settings settings={settings.data} />}
    </div>
  )
}

function Settings({ settings }: { settings: SignOnSettings }) {
  const { t } = useTranslation()
  const roles = useQuery(rolesQuery).data ?? []
  const [draft, setDraft] = useState(() => draftOf(settings, window.location.origin))
  const save = useMutation({
    mutationFn: () => call(PutSignOnSettings, { body: wishOf(draft) }),
    onSuccess: async (kept) => {
      setDraft(draftOf(kept, window.location.origin))
      await reloadSignOn()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form className={css['cards']} onSubmit={submit} onChange={() => save.isSuccess && save.reset()}>
      <OidcCard
        draft={draft.oidc}
        hasSecret={settings.oidc?.hasSecret === true}
        set={(change) => setDraft({ ...draft, oidc: { ...draft.oidc, ...change } })}
        wish={() => wishOf(draft)}
      />
      <DirectoryCard
        draft={draft.directory}
        hasSecret={settings.directory?.hasSecret === true}
        set={(change) => setDraft({ ...draft, directory: { ...draft.directory, ...change } })}
        wish={() => wishOf(draft)}
      />
      <GroupsCard draft={draft} roles={roles} set={(change) => setDraft({ ...draft, ...change })} />
      {save.error && <Problem error={save.error} />}
      <div className={css['save']}>
        <Button type="submit" loading={save.isPending}>
          {save.isSuccess ? t('signOn.saved') : t('common.save')}
        </Button>
      </div>
    </form>
  )
}

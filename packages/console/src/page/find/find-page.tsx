// SPDX-License-Identifier: Apache-2.0
/** Finding devices on the network, and adding many of them with one account. */
import { Alert } from '@mantine/core'
import { IconAlertTriangle, IconRadar2 } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Empty } from '../../part/empty.tsx'
import { LinkButton } from '../../part/link-button.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { AccountForm } from './account-form.tsx'
import css from './find.module.css'
import { FirstPassword } from './first-password.tsx'
import { FoundList } from './found-list.tsx'
import { SearchForm } from './search-form.tsx'
import { inOrder, keyOf, standingOf } from './standing.ts'
import { useAddingMany } from './use-adding-many.ts'
import { useSearch } from './use-search.ts'

export function FindPage() {
  const { t } = useTranslation()
  const state = useSearch().search.data
  const { add, outcomes, isRefusedByAll, stop } = useAddingMany()
  const [wanted, setWanted] = useState<ReadonlySet<string>>(new Set())
  const found = useMemo(() => inOrder(state?.found ?? [], outcomes), [state, outcomes])
  const fresh = found.filter((one) => standingOf(one) === 'new' && outcomes.get(keyOf(one))?.state !== 'added')
  const chosen = fresh.filter((one) => wanted.has(keyOf(one)))
  return (
    <div className={page['page']}>
      <PageHeader title={t('find.title')} lead={t('find.lead')}>
        <LinkButton to="/devices/add" variant="default">
          {t('find.byHand')}
        </LinkButton>
      </PageHeader>
      <div className={css['stack']}>
        <section className={page['card']}>
          <SearchForm />
        </section>
        {isRefusedByAll && (
          <Alert
            color="yellow"
            variant="light"
            role="alert"
            icon={<IconAlertTriangle />}
            title={t('find.refusedTitle')}
          >
            {t('find.refused')}
          </Alert>
        )}
        {add.error && <Problem error={add.error} title={t('add.failed')} />}
        <FirstPassword devices={found.filter((one) => standingOf(one) === 'not-activated')} />
        {found.length > 0 && (
          <section className={page['card']}>
            <FoundList
              found={found}
              outcomes={outcomes}
              chosen={new Set(chosen.map(keyOf))}
              eligible={new Set(add.isPending ? [] : fresh.map(keyOf))}
              onChoose={setWanted}
            />
          </section>
        )}
        {found.length === 0 && state && state.state !== 'idle' && state.state !== 'running' && (
          <section className={page['card']}>
            <Empty icon={<IconRadar2 />} title={t('find.nothing')} text={t('find.nothingHelp')} />
          </section>
        )}
        {(chosen.length > 0 || add.isPending) && (
          <AccountForm
            count={chosen.length}
            isBusy={add.isPending}
            onAdd={(account) => add.mutate({ devices: chosen, account })}
            onStop={stop}
          />
        )}
      </div>
    </div>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** One's own account: where one is signed in, how one shows who one is, tokens for programs, and screens. */
import { Button, Stack } from '@mantine/core'
import { EndOtherSessions, EndOwnSession, GetAccount, type OwnSession } from '@openhmp/contract'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { sessionQuery } from '../../api/queries.ts'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { Ago, useFormat } from '../../part/time.tsx'
import css from './account.module.css'
import { FactorsCard, factorsQuery } from './factors-card.tsx'
import { NewPassword } from './new-password.tsx'
import { ScreenCard } from './screen-card.tsx'
import { TokensCard } from './tokens-card.tsx'

const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: ({ signal }) => call(GetAccount, { signal }),
})
const reload = () => queries.invalidateQueries({ queryKey: accountQuery.queryKey })

export function AccountPage() {
  const { t } = useTranslation()
  const name = useQuery(sessionQuery).data?.name ?? ''
  const account = useQuery(accountQuery)
  return (
    <div className={`${page['page']} ${page['narrow']}`}>
      <PageHeader title={t('account.title')} lead={name} />
      {account.error && <Problem error={account.error} onRetry={() => void account.refetch()} />}
      <Stack gap="lg">
        {account.data && <SessionsCard sessions={account.data.sessions} />}
        <FactorsCard />
        <PasswordCard />
        {account.data && <TokensCard tokens={account.data.tokens} onChange={reload} />}
        <ScreenCard />
      </Stack>
    </div>
  )
}

function SessionsCard({ sessions }: { sessions: readonly OwnSession[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const end = useMutation({
    mutationFn: (id: string | undefined) =>
      id === undefined ? call(EndOtherSessions, {}) : call(EndOwnSession, { params: { id } }),
    onSuccess: reload,
  })
  return (
    <section className={page['card']} aria-label={t('account.sessions')}>
      <div className={page['cardHead']}>
        <h2>{t('account.sessions')}</h2>
        {sessions.length > 1 && (
          <Button variant="subtle" size="compact-sm" onClick={() => end.mutate(undefined)}>
            {t('account.endOthers')}
          </Button>
        )}
      </div>
      {end.error && <Problem error={end.error} />}
      <ul className={css['rows']}>
        {sessions.map(({ id, from, createdAt, lastSeenAt, isThis, wall }) => (
          <li key={id}>
            <div>
              <strong>{wall === null ? from : t('account.screenOf', { name: wall, from })}</strong>{' '}
              {isThis && <span className={css['this']}>{t('account.thisOne')}</span>}
              <div className={page['dim']}>
                {t('account.since', { time: format.dateTime(createdAt) })}
                {' · '}
                {t('account.lastUsed')} <Ago time={lastSeenAt} />
              </div>
            </div>
            {!isThis && (
              <Button variant="default" size="compact-sm" onClick={() => end.mutate(id)}>
                {t('account.end')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function PasswordCard() {
  const { t } = useTranslation()
  // Of whom another vouches for, it is kept there.
  if (useQuery(factorsQuery).data?.hasPassword !== true) return null
  return (
    <section className={page['card']} aria-label={t('account.password')}>
      <div className={page['cardHead']}>
        <h2>{t('account.password')}</h2>
      </div>
      <NewPassword onChanged={reload} />
    </section>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** One's own account: the password, where one is signed in, and tokens for programs. */
import { Button, CopyButton, Group, MultiSelect, NumberInput, PasswordInput, Stack, TextInput } from '@mantine/core'
import {
  AddToken,
  type ApiToken,
  ChangePassword,
  EndOtherSessions,
  EndOwnSession,
  GetAccount,
  type OwnSession,
  type Permission,
  RemoveToken,
} from '@openhmp/contract'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { sessionQuery } from '../../api/queries.ts'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { usePermissionName } from '../../part/permission-name.ts'
import { Problem } from '../../part/problem.tsx'
import { Ago, useFormat } from '../../part/time.tsx'
import css from './account.module.css'

const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: ({ signal }) => call(GetAccount, { signal }),
})
const reload = () => queries.invalidateQueries({ queryKey: accountQuery.queryKey })
const MIN_PASSWORD = 12
const USUAL_DAYS = 90

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
        <PasswordCard />
        {account.data && <TokensCard tokens={account.data.tokens} />}
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
        {sessions.map(({ id, from, createdAt, lastSeenAt, isThis }) => (
          <li key={id}>
            <div>
              <strong>{from}</strong> {isThis && <span className={css['this']}>{t('account.thisOne')}</span>}
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
  const [old, setOld] = useState('')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const change = useMutation({
    mutationFn: () => call(ChangePassword, { body: { old, password } }),
    onSuccess: async () => {
      setOld('')
      setPassword('')
      setAgain('')
      await reload()
    },
  })
  const differs = again !== '' && again !== password
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  return (
    <section className={page['card']} aria-label={t('account.password')}>
      <div className={page['cardHead']}>
        <h2>{t('account.password')}</h2>
      </div>
      <form className={css['form']} onSubmit={submit}>
        <PasswordInput
          label={t('account.oldPassword')}
          autoComplete="current-password"
          value={old}
          onChange={(event) => setOld(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('account.newPassword')}
          description={t('account.passwordHelp')}
          autoComplete="new-password"
          maxLength={128}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('setup.repeat')}
          autoComplete="new-password"
          maxLength={128}
          error={differs && t('setup.differs')}
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
        />
        {change.error && <Problem error={change.error} />}
        {change.isSuccess && <p role="status">{t('account.changed')}</p>}
        <Group justify="flex-end">
          <Button
            type="submit"
            loading={change.isPending}
            disabled={old === '' || password.length < MIN_PASSWORD || again !== password}
          >
            {t('account.change')}
          </Button>
        </Group>
      </form>
    </section>
  )
}

function TokensCard({ tokens }: { tokens: readonly ApiToken[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const permissionName = usePermissionName()
  const remove = useMutation({
    mutationFn: (id: string) => call(RemoveToken, { params: { id } }),
    onSuccess: reload,
  })
  return (
    <section className={page['card']} aria-label={t('account.tokens')}>
      <div className={page['cardHead']}>
        <h2>{t('account.tokens')}</h2>
      </div>
      <p className={css['lead']}>{t('account.tokensHelp')}</p>
      {remove.error && <Problem error={remove.error} />}
      <ul className={css['rows']}>
        {tokens.map(({ id, name, permissions, expiresAt, lastUsedAt }) => (
          <li key={id}>
            <div>
              <strong>{name}</strong>
              <div className={page['dim']}>{permissions.map(permissionName).join(' · ')}</div>
              <div className={page['dim']}>
                {t('account.until', { time: format.dateTime(expiresAt) })}
                {' · '}
                {lastUsedAt === null ? t('account.neverUsed') : t('account.lastUsed')}{' '}
                {lastUsedAt !== null && <Ago time={lastUsedAt} />}
              </div>
            </div>
            <Button variant="default" size="compact-sm" onClick={() => remove.mutate(id)}>
              {t('account.end')}
            </Button>
          </li>
        ))}
      </ul>
      <NewToken />
    </section>
  )
}

function NewToken() {
  const { t } = useTranslation()
  const mine = useQuery(sessionQuery).data?.permissions ?? []
  const permissionName = usePermissionName()
  const [name, setName] = useState('')
  const [permissions, setPermissions] = useState<Permission[]>([])
  const [days, setDays] = useState(USUAL_DAYS)
  const add = useMutation({
    mutationFn: () => call(AddToken, { body: { name, permissions, days } }),
    onSuccess: async () => {
      setName('')
      setPermissions([])
      await reload()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <form className={css['form']} onSubmit={submit}>
      <TextInput
        label={t('account.tokenName')}
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <MultiSelect
        label={t('account.tokenMay')}
        data={mine.map((value) => ({ value, label: permissionName(value) }))}
        value={permissions}
        onChange={(chosen) => setPermissions(chosen as Permission[])}
      />
      <NumberInput
        label={t('account.tokenDays')}
        min={1}
        max={366}
        value={days}
        onChange={(value) => setDays(Number(value) || USUAL_DAYS)}
      />
      {add.error && <Problem error={add.error} />}
      {add.data && (
        <div className={css['secret']} role="status">
          <p>{t('account.tokenOnce')}</p>
          <code>{add.data.secret}</code>
          <CopyButton value={add.data.secret}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {t(copied ? 'common.copied' : 'common.copy')}
              </Button>
            )}
          </CopyButton>
        </div>
      )}
      <Group justify="flex-end">
        <Button type="submit" loading={add.isPending} disabled={name.trim() === '' || permissions.length === 0}>
          {t('account.addToken')}
        </Button>
      </Group>
    </form>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** Tokens of one's programs: what each may do, until when, and a new one, whose secret is shown this once. */
import { Button, CopyButton, Group, MultiSelect, NumberInput, TextInput } from '@mantine/core'
import { AddToken, type ApiToken, type Permission, RemoveToken } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { sessionQuery } from '../../api/queries.ts'
import page from '../../part/page.module.css'
import { usePermissionName } from '../../part/permission-name.ts'
import { Problem } from '../../part/problem.tsx'
import { Ago, useFormat } from '../../part/time.tsx'
import css from './account.module.css'

const USUAL_DAYS = 90

export function TokensCard({ tokens, onChange }: { tokens: readonly ApiToken[]; onChange: () => Promise<void> }) {
  const { t } = useTranslation()
  const format = useFormat()
  const permissionName = usePermissionName()
  const remove = useMutation({
    mutationFn: (id: string) => call(RemoveToken, { params: { id } }),
    onSuccess: onChange,
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
      <NewToken onAdded={onChange} />
    </section>
  )
}

function NewToken({ onAdded }: { onAdded: () => Promise<void> }) {
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
      await onAdded()
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

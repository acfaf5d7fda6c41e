// SPDX-License-Identifier: Apache-2.0
/** Another password for oneself: typed twice, after the old one. */
import { Button, Group, PasswordInput } from '@mantine/core'
import { ChangePassword } from '@openhmp/contract'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { Problem } from '../../part/problem.tsx'
import css from './account.module.css'

const MIN_PASSWORD = 12

export function NewPassword({ onChanged }: { onChanged: () => Promise<void> }) {
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
      await onChanged()
    },
  })
  const differs = again !== '' && again !== password
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  return (
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
  )
}

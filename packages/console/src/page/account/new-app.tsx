// SPDX-License-Identifier: Apache-2.0
/** An authenticator app: its secret as a picture and as text, and the first code as the proof that it has arrived. */
import { Button, Group, Loader, TextInput } from '@mantine/core'
import { BeginApp, ConfirmApp } from '@openhmp/contract'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { Problem } from '../../part/problem.tsx'
import { QrCode } from '../../part/qr-code.tsx'
import css from './account.module.css'

interface Props {
  onAdded: (recovery: readonly string[] | null) => Promise<void>
  onCancel: () => void
}

export function NewApp({ onAdded, onCancel }: Props) {
  const { t } = useTranslation()
  const [code, setCode] = useState('')
  const begin = useMutation({ mutationFn: () => call(BeginApp, {}) })
  const confirm = useMutation({
    mutationFn: () => call(ConfirmApp, { body: { code } }),
    onSuccess: ({ recovery }) => onAdded(recovery),
    onError: () => setCode(''),
  })
  const { mutate } = begin
  useEffect(() => mutate(), [mutate])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    confirm.mutate()
  }
  return (
    <form className={css['form']} onSubmit={submit}>
      {begin.error && <Problem error={begin.error} onRetry={() => mutate()} />}
      {begin.isPending && <Loader size="sm" />}
      {begin.data && (
        <>
          <p>{t('factors.scan')}</p>
          <QrCode text={begin.data.uri} label={t('factors.scanLabel')} />
          <p>
            {t('factors.type')} <code>{begin.data.secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code>
          </p>
          <TextInput
            label={t('signIn.code')}
            description={t('factors.codeHelp')}
            inputMode="numeric"
            autoComplete="one-time-code"
            autoFocus
            maxLength={10}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          {confirm.error && <Problem error={confirm.error} />}
        </>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={confirm.isPending} disabled={!begin.data || code.trim().length < 6}>
          {t('factors.turnOn')}
        </Button>
      </Group>
    </form>
  )
}

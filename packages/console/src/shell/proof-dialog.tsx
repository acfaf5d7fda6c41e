// SPDX-License-Identifier: Apache-2.0
/** Asks once more who is there, before something dangerous; what was begun goes on by itself after it. */
import { Button, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { GetFactors, ProveIdentity } from '@openhmp/contract'
import { IconFingerprint } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../api/call.ts'
import { identity } from '../api/identity.ts'
import { askPasskey, canUsePasskeys } from '../api/passkey.ts'
import { Problem } from '../part/problem.tsx'
import { ProofElsewhere } from './proof-elsewhere.tsx'

export function ProofDialog() {
  const { t } = useTranslation()
  const [done, setDone] = useState<(isProven: boolean) => void>()
  useEffect(() => {
    identity.prove = () =>
      new Promise((resolve) =>
        setDone(() => (isProven: boolean) => {
          setDone(undefined)
          resolve(isProven)
        }),
      )
  }, [])
  return (
    // Above the dialog that asked for it.
    <Modal opened={done !== undefined} onClose={() => done?.(false)} title={t('proof.title')} zIndex={400} centered>
      {done && <Proof onProven={() => done(true)} />}
    </Modal>
  )
}

function Proof({ onProven }: { onProven: () => void }) {
  const { t } = useTranslation()
  const factors = useQuery({
    queryKey: ['factors'],
    queryFn: ({ signal }) => call(GetFactors, { signal }),
    staleTime: 0,
  })
  const [text, setText] = useState('')
  const prove = useMutation({
    mutationFn: async (way: 'passkey' | 'code' | 'password') =>
      call(ProveIdentity, {
        body:
          way === 'passkey' ? { passkey: await askPasskey() } : way === 'code' ? { code: text } : { password: text },
      }),
    onSuccess: onProven,
    onError: () => setText(''),
  })
  if (factors.error) return <Problem error={factors.error} onRetry={() => void factors.refetch()} />
  if (!factors.data) return null
  const { hasApp, hasPassword, passkeys, recoveryLeft } = factors.data
  const isSecond = hasApp || passkeys.length > 0
  const way = hasApp || (isSecond && recoveryLeft > 0) ? 'code' : isSecond ? undefined : 'password'
  if (!isSecond && !hasPassword) return <ProofElsewhere />
  const field = {
    autoFocus: true,
    'data-autofocus': true,
    value: text,
    onChange: (event: { currentTarget: HTMLInputElement }) => setText(event.currentTarget.value),
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (way) prove.mutate(way)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">{t('proof.lead')}</Text>
        {prove.error && <Problem error={prove.error} />}
        {passkeys.length > 0 && canUsePasskeys() && (
          <Button variant="default" leftSection={<IconFingerprint size={18} />} onClick={() => prove.mutate('passkey')}>
            {t('signIn.passkey')}
          </Button>
        )}
        {way === 'password' && (
          <PasswordInput label={t('signIn.password')} autoComplete="current-password" {...field} />
        )}
        {way === 'code' && (
          <TextInput
            label={t(hasApp ? 'signIn.code' : 'signIn.recovery')}
            autoComplete="one-time-code"
            maxLength={40}
            {...field}
          />
        )}
        {way && (
          <Button type="submit" loading={prove.isPending} disabled={text === ''}>
            {t('proof.go')}
          </Button>
        )}
      </Stack>
    </form>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** After the password: a code of the authenticator app, a passkey, or a code that was kept for the day those are lost. */
import { Button, Stack, TextInput } from '@mantine/core'
import { FinishSignIn, SignInByPasskey, type SecondStep as Step, type User } from '@openhmp/contract'
import { IconFingerprint } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { askPasskey, canUsePasskeys } from '../../api/passkey.ts'
import { Problem } from '../../part/problem.tsx'

interface Props {
  step: Step
  onEnter: (user: User) => Promise<void>
  onBack: () => void
}

export function SecondStep({ step: { ticket, ways }, onEnter, onBack }: Props) {
  const { t } = useTranslation()
  const [isKept, setKept] = useState(!ways.includes('code') && ways.includes('recovery'))
  const [code, setCode] = useState('')
  const finish = useMutation({
    mutationFn: () => call(FinishSignIn, { body: { ticket, code } }),
    onSuccess: onEnter,
    onError: () => setCode(''),
  })
  const passkey = useMutation({
    mutationFn: async () => call(SignInByPasskey, { body: { ...(await askPasskey()), ticket } }),
    onSuccess: onEnter,
  })
  const error = finish.error ?? passkey.error
  const submit = (event: FormEvent) => {
    event.preventDefault()
    passkey.reset()
    finish.mutate()
  }
  const hasCodes = ways.includes('code') || ways.includes('recovery')
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {error && <Problem error={error} title={t('signIn.failed')} />}
        {ways.includes('passkey') && canUsePasskeys() && (
          <Button
            variant={hasCodes ? 'default' : 'filled'}
            size="md"
            leftSection={<IconFingerprint size={18} />}
            loading={passkey.isPending}
            onClick={() => {
              finish.reset()
              passkey.mutate()
            }}
          >
            {t('signIn.passkey')}
          </Button>
        )}
        {hasCodes && (
          <>
            <TextInput
              key={String(isKept)}
              size="md"
              label={t(isKept ? 'signIn.recovery' : 'signIn.code')}
              description={isKept ? t('signIn.recoveryHelp') : undefined}
              autoComplete="one-time-code"
              inputMode={isKept ? 'text' : 'numeric'}
              autoFocus
              maxLength={40}
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
            />
            <Button type="submit" size="md" loading={finish.isPending} disabled={code.trim().length < 6}>
              {t('signIn.submit')}
            </Button>
          </>
        )}
        {ways.includes('code') && ways.includes('recovery') && (
          <Button variant="subtle" size="compact-sm" onClick={() => setKept(!isKept)}>
            {t(isKept ? 'signIn.useCode' : 'signIn.useRecovery')}
          </Button>
        )}
        <Button variant="subtle" size="compact-sm" onClick={onBack}>
          {t('signIn.back')}
        </Button>
      </Stack>
    </form>
  )
}

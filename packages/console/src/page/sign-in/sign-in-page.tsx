// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, Divider, PasswordInput, Stack, TextInput } from '@mantine/core'
import { SignIn, SignInByPasskey, type SecondStep as Step, type User } from '@openhmp/contract'
import { IconClockPause, IconFingerprint } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { askPasskey, canUsePasskeys } from '../../api/passkey.ts'
import { sessionQuery } from '../../api/queries.ts'
import { rememberSession } from '../../api/signed-in.ts'
import { useTitle } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { chosenLanguage, speak } from '../../text/language.ts'
import { Gate } from '../gate.tsx'
import { BackFromProvider, ProviderButton } from './provider-button.tsx'
import { SecondStep } from './second-step.tsx'

/** Name and password, and what else the account wants to see; then on to where the person wanted to go. */
export function SignInPage() {
  const { t } = useTranslation()
  useTitle(t('signIn.title'))
  const router = useRouter()
  const { to } = useSearch({ from: '/signin' })
  const [step, setStep] = useState<Step>()
  const enter = async (user: User) => {
    rememberSession(true)
    queries.setQueryData(sessionQuery.queryKey, user)
    if (user.language && !chosenLanguage()) await speak(user.language, false)
    await router.navigate({ href: to ?? '/' })
  }
  return step ? (
    <Gate title={t('signIn.second')} lead={t(step.ways.includes('code') ? 'signIn.secondCode' : 'signIn.secondOther')}>
      <SecondStep step={step} onEnter={enter} onBack={() => setStep(undefined)} />
    </Gate>
  ) : (
    <Gate title={t('signIn.title')} lead={t('signIn.lead')}>
      <FirstStep onEnter={enter} onStep={setStep} />
    </Gate>
  )
}

function FirstStep({ onEnter, onStep }: { onEnter: (user: User) => Promise<void>; onStep: (step: Step) => void }) {
  const { t } = useTranslation()
  const { ended } = useSearch({ from: '/signin' })
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const enter = useMutation({
    mutationFn: () => call(SignIn, { body: { name: name.trim(), password } }),
    onSuccess: async (answer) => ('ticket' in answer ? onStep(answer) : onEnter(answer)),
    // A wrong password is no lost session: the page itself says so.
    onError: () => setPassword(''),
  })
  const passkey = useMutation({
    mutationFn: async () => call(SignInByPasskey, { body: await askPasskey() }),
    onSuccess: onEnter,
  })
  const error = enter.error ?? passkey.error
  const submit = (event: FormEvent) => {
    event.preventDefault()
    passkey.reset()
    if (name.trim() !== '' && password !== '') enter.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {ended && !error && (
          <Alert variant="light" color="yellow" icon={<IconClockPause />}>
            {t('signIn.ended')}
          </Alert>
        )}
        {error ? <Problem error={error} title={t('signIn.failed')} /> : <BackFromProvider onEnter={onEnter} />}
        <TextInput
          size="md"
          label={t('signIn.name')}
          autoComplete="username"
          autoFocus
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          size="md"
          label={t('signIn.password')}
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" size="md" loading={enter.isPending}>
          {t('signIn.submit')}
        </Button>
        {canUsePasskeys() && (
          <>
            <Divider label={t('signIn.or')} />
            <Button
              variant="default"
              size="md"
              leftSection={<IconFingerprint size={18} />}
              loading={passkey.isPending}
              onClick={() => {
                enter.reset()
                passkey.mutate()
              }}
            >
              {t('signIn.passkey')}
            </Button>
          </>
        )}
        <ProviderButton />
      </Stack>
    </form>
  )
}

// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { SignIn } from '@openhmp/contract'
import { IconClockPause } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../api/call.ts'
import { queries } from '../api/client.ts'
import { sessionQuery } from '../api/queries.ts'
import { rememberSession } from '../api/signed-in.ts'
import { useTitle } from '../part/page-header.tsx'
import { Problem } from '../part/problem.tsx'
import { chosenLanguage, speak } from '../text/language.ts'
import { Gate } from './gate.tsx'

/** Name and password; then on to where the person wanted to go. */
export function SignInPage() {
  const { t } = useTranslation()
  useTitle(t('signIn.title'))
  const router = useRouter()
  const { to, ended } = useSearch({ from: '/signin' })
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const enter = useMutation({
    mutationFn: () => call(SignIn, { body: { name: name.trim(), password } }),
    onSuccess: async (user) => {
      rememberSession(true)
      queries.setQueryData(sessionQuery.queryKey, user)
      if (user.language && !chosenLanguage()) await speak(user.language, false)
      await router.navigate({ href: to ?? '/' })
    },
    // A wrong password is no lost session: the page itself says so.
    onError: () => setPassword(''),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() !== '' && password !== '') enter.mutate()
  }
  return (
    <Gate title={t('signIn.title')} lead={t('signIn.lead')}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {ended && !enter.error && (
            <Alert variant="light" color="yellow" icon={<IconClockPause />}>
              {t('signIn.ended')}
            </Alert>
          )}
          {enter.error && <Problem error={enter.error} title={t('signIn.failed')} />}
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
        </Stack>
      </form>
    </Gate>
  )
}

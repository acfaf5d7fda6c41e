// SPDX-License-Identifier: Apache-2.0
/** The first run: the code that the terminal shows, and the administrator. A link with the code in it fills it in. */
import { Button, Code, PasswordInput, Progress, Stack, Text, TextInput } from '@mantine/core'
import { FinishSetup } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../api/call.ts'
import { queries } from '../api/client.ts'
import { sessionQuery, systemQuery } from '../api/queries.ts'
import { rememberSession } from '../api/signed-in.ts'
import { useTitle } from '../part/page-header.tsx'
import { strengthOf } from '../part/password-strength.ts'
import { Problem } from '../part/problem.tsx'
import { Gate } from './gate.tsx'

/** From `/setup#code=...` or `/setup?code=...`; the fragment never reaches a log. */
const codeOfAddress = (): string =>
  new URLSearchParams(location.hash.slice(1)).get('code') ?? new URLSearchParams(location.search).get('code') ?? ''

const colors = ['red', 'red', 'yellow', 'signal', 'signal'] as const

export function SetupPage() {
  const { t } = useTranslation()
  useTitle(t('setup.title'))
  const navigate = useNavigate()
  const system = useQuery(systemQuery).data
  const [values, setValues] = useState({ code: codeOfAddress(), name: 'admin', password: '', repeat: '' })
  const [isChecked, setIsChecked] = useState(false)
  const finish = useMutation({
    mutationFn: () =>
      call(FinishSetup, {
        body: { code: values.code.trim(), name: values.name.trim(), password: values.password },
      }),
    onSuccess: async (user) => {
      rememberSession(true)
      queries.setQueryData(sessionQuery.queryKey, user)
      if (system) queries.setQueryData(systemQuery.queryKey, { ...system, needsSetup: false })
      await navigate({ to: '/' })
    },
  })
  const strength = strengthOf(values.password)
  const faults = {
    code: values.code.trim() === '' ? t('setup.needed') : undefined,
    name: values.name.trim() === '' ? t('setup.needed') : undefined,
    password: strength === 0 ? t('setup.tooShort') : undefined,
    repeat: values.repeat === values.password ? undefined : t('setup.differs'),
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setIsChecked(true)
    if (Object.values(faults).every((fault) => fault === undefined)) finish.mutate()
  }
  const field = (name: keyof typeof values) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setValues({ ...values, [name]: event.currentTarget.value }),
    error: isChecked ? faults[name] : undefined,
  })
  return (
    <Gate title={t('setup.title')} lead={t('setup.lead')}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {finish.error && <Problem error={finish.error} />}
          <TextInput
            label={t('setup.code')}
            description={t('setup.codeHelp')}
            autoComplete="one-time-code"
            autoCapitalize="characters"
            spellCheck={false}
            autoFocus={values.code === ''}
            ff="monospace"
            {...field('code')}
          />
          <TextInput label={t('setup.name')} autoComplete="username" {...field('name')} />
          <div>
            <PasswordInput
              label={t('setup.password')}
              description={t('setup.passwordHelp')}
              autoComplete="new-password"
              autoFocus={values.code !== ''}
              {...field('password')}
            />
            <Progress
              mt={8}
              size={6}
              value={values.password === '' ? 0 : 10 + strength * 22.5}
              color={colors[strength]}
              aria-label={t('setup.strength')}
            />
            <Text size="xs" c="dimmed" mt={4} mih={18} aria-live="polite">
              {values.password !== '' && t(`setup.strength_${strength}`)}
            </Text>
          </div>
          <PasswordInput label={t('setup.repeat')} autoComplete="new-password" {...field('repeat')} />
          <Button type="submit" size="md" loading={finish.isPending}>
            {t('setup.submit')}
          </Button>
          {system && (
            <Text size="xs" c="dimmed" component="div">
              {t('setup.fingerprint')}
              <Code block mt={4} fz={11} style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>
                {system.caFingerprint}
              </Code>
              {t('setup.fingerprintHelp')}
            </Text>
          )}
        </Stack>
      </form>
    </Gate>
  )
}

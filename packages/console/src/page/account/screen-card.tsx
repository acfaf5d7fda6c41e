// SPDX-License-Identifier: Apache-2.0
/** This browser as a screen of a control room: it stays signed in, shows pictures and events, and can do nothing else. */
import { Button, Group, TextInput } from '@mantine/core'
import { BecomeWall } from '@openhmp/contract'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import css from './account.module.css'

export function ScreenCard() {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const become = useMutation({
    mutationFn: () => call(BecomeWall, { body: { name: name.trim() } }),
    // Anew: nothing stays of what the person before could see and do.
    onSuccess: () => location.assign('/'),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    become.mutate()
  }
  return (
    <section className={page['card']} aria-label={t('screen.title')}>
      <div className={page['cardHead']}>
        <h2>{t('screen.title')}</h2>
      </div>
      <p className={css['lead']}>{t('screen.help')}</p>
      <form className={css['form']} onSubmit={submit}>
        <TextInput
          label={t('screen.name')}
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {become.error && <Problem error={become.error} />}
        <Group justify="flex-end">
          <Button type="submit" variant="default" loading={become.isPending} disabled={name.trim() === ''}>
            {t('screen.become')}
          </Button>
        </Group>
      </form>
    </section>
  )
}

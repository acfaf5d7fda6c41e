// SPDX-License-Identifier: Apache-2.0
/** One account for all that was chosen, and the adding of it. */
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import css from './find.module.css'
import type { Account } from './use-adding-many.ts'

interface Props {
  count: number
  isBusy: boolean
  onAdd: (account: Account) => void
  onStop: () => void
}

export function AccountForm({ count, isBusy, onAdd, onStop }: Props) {
  const { t } = useTranslation()
  const [userName, setUserName] = useState('admin')
  const [password, setPassword] = useState('')
  // On a small screen it would hide the list: there it opens when one is done choosing.
  const isNarrow = useMediaQuery('(max-width: 820px)', false, { getInitialValueInEffect: false })
  const [isOpen, setOpen] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setOpen(false)
    onAdd({ userName: userName.trim(), password })
  }
  const words = (
    <div className={css['accountWords']}>
      <strong>{t('find.chosen', { count })}</strong>
      <small>{t('find.accountHelp')}</small>
    </div>
  )
  if (isNarrow && !isOpen && !isBusy)
    return (
      <div className={css['account']}>
        {words}
        <Button leftSection={<IconPlus size={18} />} onClick={() => setOpen(true)}>
          {t('find.add', { count })}
        </Button>
      </div>
    )
  return (
    <form onSubmit={submit} className={css['account']} aria-label={t('find.account')}>
      {words}
      <TextInput
        label={t('add.userName')}
        autoComplete="off"
        required
        withAsterisk={false}
        disabled={isBusy}
        value={userName}
        onChange={(event) => setUserName(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('add.password')}
        autoFocus={isNarrow}
        autoComplete="new-password"
        required
        withAsterisk={false}
        disabled={isBusy}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {isBusy ? (
        <Button variant="default" onClick={onStop}>
          {t('find.stopAdding')}
        </Button>
      ) : (
        <Button type="submit" leftSection={<IconPlus size={18} />}>
          {t('find.add', { count })}
        </Button>
      )}
    </form>
  )
}

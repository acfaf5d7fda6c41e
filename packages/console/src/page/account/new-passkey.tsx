// SPDX-License-Identifier: Apache-2.0
/** A passkey of this browser, or of a key that is plugged in: named, so that one can tell it from the others later. */
import { Button, Group, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addPasskey } from '../../api/passkey.ts'
import { Problem } from '../../part/problem.tsx'
import css from './account.module.css'

interface Props {
  onAdded: (recovery: readonly string[] | null) => Promise<void>
  onCancel: () => void
}

export function NewPasskey({ onAdded, onCancel }: Props) {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const add = useMutation({
    mutationFn: () => addPasskey(name.trim()),
    onSuccess: ({ recovery }) => onAdded(recovery),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <form className={css['form']} onSubmit={submit}>
      <TextInput
        label={t('factors.passkeyName')}
        description={t('factors.passkeyNameHelp')}
        autoFocus
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {add.error && <Problem error={add.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={add.isPending} disabled={name.trim() === ''}>
          {t('factors.make')}
        </Button>
      </Group>
    </form>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** A Hikvision-compatible device by address and account. */
import { Button, Group, NumberInput, PasswordInput, Stack, TextInput } from '@mantine/core'
import type { NewDevice } from '@openhmp/contract'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../part/problem.tsx'
import css from './add.module.css'
import { Found } from './found.tsx'
import { orNothing, useAdding } from './use-adding.ts'

export function IsapiForm() {
  const { t } = useTranslation()
  const { probe, add } = useAdding()
  const [address, setAddress] = useState('')
  const [userName, setUserName] = useState('admin')
  const [password, setPassword] = useState('')
  const [name, setName] = useState('')
  const [rtspPort, setRtspPort] = useState<number>()

  const body = (): NewDevice => ({
    kind: 'isapi',
    address: address.trim(),
    userName,
    password,
    name: orNothing(name),
    rtspPort,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.reset()
    probe.mutate(body())
  }
  /** What was found holds for what was asked, no longer. */
  const changed = <T,>(set: (value: T) => void) => {
    return (value: T) => {
      probe.reset()
      set(value)
    }
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t('add.address')}
          placeholder={t('add.addressPlaceholder')}
          required
          withAsterisk={false}
          autoFocus
          spellCheck={false}
          autoCapitalize="none"
          inputMode="url"
          value={address}
          onChange={(event) => changed(setAddress)(event.currentTarget.value)}
        />
        <div className={css['pair']}>
          <TextInput
            label={t('add.userName')}
            autoComplete="off"
            value={userName}
            onChange={(event) => changed(setUserName)(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('add.password')}
            autoComplete="new-password"
            value={password}
            onChange={(event) => changed(setPassword)(event.currentTarget.value)}
          />
        </div>
        <div className={css['pair']}>
          <TextInput
            label={`${t('add.name')} (${t('common.optional')})`}
            description={t('add.nameHelp')}
            placeholder={t('add.namePlaceholder')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <NumberInput
            label={`${t('add.rtspPort')} (${t('common.optional')})`}
            description={t('add.rtspPortHelp')}
            placeholder="554"
            min={1}
            max={65535}
            allowDecimal={false}
            hideControls
            value={rtspPort ?? ''}
            onChange={(value) => changed(setRtspPort)(typeof value === 'number' ? value : undefined)}
          />
        </div>
        {probe.error && <Problem error={probe.error} title={t('add.failed')} />}
        {add.error && <Problem error={add.error} title={t('add.failed')} />}
        {probe.data && <Found found={probe.data} />}
        <Group>
          {probe.data ? (
            <>
              <Button loading={add.isPending} onClick={() => add.mutate(body())}>
                {t('add.addIt')}
              </Button>
              <Button type="submit" variant="default" loading={probe.isPending}>
                {t('add.again')}
              </Button>
            </>
          ) : (
            <Button type="submit" loading={probe.isPending}>
              {t('add.probe')}
            </Button>
          )}
          <span role="status" className={css['news']}>
            {probe.isPending && t('add.probing')}
          </span>
        </Group>
      </Stack>
    </form>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** Any stream by its RTSP address. */
import { Button, Group, PasswordInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import type { NewDevice } from '@openhmp/contract'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Problem } from '../../part/problem.tsx'
import css from './add.module.css'
import { Found } from './found.tsx'
import { orNothing, useAdding } from './use-adding.ts'

export function RtspForm() {
  const { t } = useTranslation()
  const { probe, add } = useAdding()
  const [values, setValues] = useState({ address: '', subAddress: '', userName: '', password: '', name: '' })
  const [transport, setTransport] = useState<'tcp' | 'udp'>('tcp')

  const body = (): NewDevice => ({
    kind: 'rtsp',
    address: values.address.trim(),
    subAddress: orNothing(values.subAddress),
    userName: orNothing(values.userName),
    password: values.password === '' ? undefined : values.password,
    name: orNothing(values.name),
    transport,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.reset()
    probe.mutate(body())
  }
  const field = (name: keyof typeof values) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      if (name !== 'name') probe.reset()
      setValues({ ...values, [name]: event.currentTarget.value })
    },
  })
  const address = { spellCheck: false, autoCapitalize: 'none', inputMode: 'url' } as const
  const optional = (label: string) => `${label} (${t('common.optional')})`
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t('add.url')}
          placeholder={t('add.urlPlaceholder')}
          required
          withAsterisk={false}
          pattern="rtsps?://.+"
          autoFocus
          {...address}
          {...field('address')}
        />
        <div className={css['pair']}>
          <TextInput label={optional(t('add.userName'))} autoComplete="off" {...field('userName')} />
          <PasswordInput label={optional(t('add.password'))} autoComplete="new-password" {...field('password')} />
        </div>
        <TextInput label={optional(t('add.subUrl'))} {...address} {...field('subAddress')} />
        <div className={css['pair']}>
          <TextInput label={optional(t('add.name'))} placeholder={t('add.namePlaceholder')} {...field('name')} />
          <div>
            <Text size="sm" fw={500} mb={2}>
              {t('add.transport')}
            </Text>
            <SegmentedControl
              fullWidth
              aria-label={t('add.transport')}
              value={transport}
              onChange={(value) => {
                probe.reset()
                setTransport(value as 'tcp' | 'udp')
              }}
              data={[
                { value: 'tcp', label: t('add.transportTcp') },
                { value: 'udp', label: t('add.transportUdp') },
              ]}
            />
          </div>
        </div>
        {probe.error && <Problem error={probe.error} title={t('add.failed')} />}
        {add.error && <Problem error={add.error} title={t('add.failed')} />}
        {probe.data && <Found found={probe.data} />}
        <Group>
          {probe.data ? (
            <Button loading={add.isPending} onClick={() => add.mutate(body())}>
              {t('add.addIt')}
            </Button>
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

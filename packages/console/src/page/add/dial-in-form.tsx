// SPDX-License-Identifier: Apache-2.0
/** A device that calls: it gets a token, shown once, and the page waits for it to arrive. */
import { ActionIcon, Alert, Button, Code, CopyButton, Group, Loader, Stack, TextInput, Tooltip } from '@mantine/core'
import { AddDevice, type DeviceId } from '@openhmp/contract'
import { IconCheck, IconCircleCheckFilled, IconCopy, IconKey } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { noteDevice } from '../../api/note-devices.ts'
import { devicesQuery } from '../../api/queries.ts'
import { LinkButton } from '../../part/link-button.tsx'
import { Problem } from '../../part/problem.tsx'
import css from './add.module.css'
import { orNothing } from './use-adding.ts'

const IDENTITY = /^[A-Za-z0-9._-]{1,64}$/

export function DialInForm() {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [identity, setIdentity] = useState('')
  const add = useMutation({
    mutationFn: () => call(AddDevice, { body: { kind: 'hmp', name: orNothing(name), identity: orNothing(identity) } }),
    onSuccess: ({ device }) => noteDevice(device),
  })
  const isBad = identity !== '' && !IDENTITY.test(identity)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isBad) add.mutate()
  }
  if (add.data?.token)
    return (
      <Token
        id={add.data.device.id}
        token={add.data.token}
        onAnother={() => {
          add.reset()
          setName('')
          setIdentity('')
        }}
      />
    )
  return (
    <form onSubmit={submit}>
      <Stack>
        <div className={css['pair']}>
          <TextInput
            label={`${t('add.name')} (${t('common.optional')})`}
            description={t('add.nameHelp')}
            placeholder={t('add.namePlaceholder')}
            autoFocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label={`${t('add.identity')} (${t('common.optional')})`}
            description={t('add.identityHelp')}
            error={isBad ? t('add.identityBad') : undefined}
            spellCheck={false}
            value={identity}
            onChange={(event) => setIdentity(event.currentTarget.value)}
          />
        </div>
        {add.error && <Problem error={add.error} title={t('add.failed')} />}
        <Group>
          <Button type="submit" leftSection={<IconKey size={18} />} loading={add.isPending}>
            {t('add.makeToken')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Token({ id, token, onAnother }: { id: DeviceId; token: string; onAnother: () => void }) {
  const { t } = useTranslation()
  const device = useQuery(devicesQuery).data?.find((row) => row.id === id)
  const isHere = device?.state.state === 'online' || device?.state.state === 'degraded'
  const command = `npx hmp emulate --cameras 1 --hmp hmps://${location.host} --join ${token}`
  return (
    <Stack>
      <Alert color="yellow" variant="light" icon={<IconKey />} title={t('add.tokenTitle')}>
        {t('add.tokenOnce')}
      </Alert>
      <Copyable text={token} label={t('add.token')} />
      <div>
        <p className={css['how']}>{t('add.tokenHow')}</p>
        <Copyable text={command} label={t('add.tokenHow')} />
      </div>
      <div role="status" className={css['arrival']} data-here={isHere}>
        {isHere ? <IconCircleCheckFilled size={20} aria-hidden="true" /> : <Loader size="xs" />}
        {isHere ? t('add.arrived') : t('add.waiting')}
      </div>
      <Group>
        <LinkButton to="/devices/$id" params={{ id }} variant={isHere ? 'filled' : 'default'}>
          {t('add.openIt')}
        </LinkButton>
        <Button variant="subtle" onClick={onAnother}>
          {t('add.another')}
        </Button>
      </Group>
    </Stack>
  )
}

function Copyable({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation()
  return (
    <div className={css['copyable']}>
      <Code block className={css['code']} tabIndex={0} role="textbox" aria-readonly aria-label={label}>
        {text}
      </Code>
      <CopyButton value={text} timeout={2500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t('common.copied') : t('common.copy')}>
            <ActionIcon
              size={36}
              variant={copied ? 'filled' : 'default'}
              aria-label={`${copied ? t('common.copied') : t('common.copy')}: ${label}`}
              onClick={copy}
            >
              {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  )
}

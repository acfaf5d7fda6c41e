// SPDX-License-Identifier: Apache-2.0
/** Devices from their box get their first password, the same for all that were found; then they can be added. */
import { Alert, Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { ActivateDevices, type FoundDevice, MAX_ACTIVATIONS } from '@openhmp/contract'
import { IconKeyOff } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { Problem } from '../../part/problem.tsx'
import { problemText } from '../../text/problem.ts'
import css from './find.module.css'
import { addressOf } from './standing.ts'
import { lookAgain } from './use-search.ts'

export function FirstPassword({ devices }: { devices: readonly FoundDevice[] }) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  const count = devices.length
  return (
    <>
      {count > 0 && (
        <Alert color="yellow" variant="light" icon={<IconKeyOff />} title={t('find.fresh', { count })}>
          <div className={css['fresh']}>
            {t('find.freshHelp')}
            <Button size="xs" variant="default" onClick={() => setOpen(true)}>
              {t('find.give')}
            </Button>
          </div>
        </Alert>
      )}
      {isOpen && <Dialog devices={devices} onClose={() => setOpen(false)} />}
    </>
  )
}

/** What every device of the kind asks for; the server and the devices judge it once more. */
const isGood = (password: string): boolean =>
  /^[\x21-\x7e]{8,16}$/.test(password) &&
  !/admin/i.test(password) &&
  [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(password)).length >= 2

/** As many at a time as the server takes. */
const giveAll = async (addresses: readonly string[], password: string) => {
  const results = []
  for (let at = 0; at < addresses.length; at += MAX_ACTIVATIONS) {
    const body = { addresses: addresses.slice(at, at + MAX_ACTIVATIONS), password }
    results.push(...(await call(ActivateDevices, { body })).results)
  }
  return { results }
}

function Dialog({ devices, onClose }: { devices: readonly FoundDevice[]; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const [password, setPassword] = useState('')
  const [repeat, setRepeat] = useState('')
  const [isChecked, setChecked] = useState(false)
  // Those that it began with: who has got its password is in the list no more.
  const [addresses] = useState(() => devices.map(addressOf))
  const give = useMutation({
    mutationFn: () => giveAll(addresses, password),
    onSuccess: async ({ results }) => {
      await lookAgain()
      const done = results.filter(({ problem }) => problem === null).length
      if (done > 0) notifications.show({ color: 'signal', message: t('find.given', { count: done }) })
      if (done === results.length) onClose()
    },
  })
  const failed = give.data?.results.flatMap(({ address, problem }) => (problem ? [{ address, problem }] : [])) ?? []
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (isGood(password) && password === repeat) give.mutate()
  }
  return (
    <Modal opened onClose={onClose} title={t('find.fresh', { count: addresses.length })}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <PasswordInput
            label={t('find.firstPassword')}
            description={t('find.firstPasswordHelp')}
            autoComplete="new-password"
            data-autofocus
            error={isChecked && !isGood(password) ? t('find.firstPasswordBad') : undefined}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('setup.repeat')}
            autoComplete="new-password"
            error={isChecked && password !== repeat ? t('setup.differs') : undefined}
            value={repeat}
            onChange={(event) => setRepeat(event.currentTarget.value)}
          />
          <Text size="sm" c="dimmed">
            {t('find.firstPasswordKeep')}
          </Text>
          {give.error && <Problem error={give.error} />}
          {failed.length > 0 && (
            <Alert color="red" variant="light" role="alert" title={t('find.notGiven', { count: failed.length })}>
              <ul className={css['faults']}>
                {failed.map(({ address, problem }) => (
                  <li key={address}>
                    {address}: {problemText(i18n.language, problem.code, problem.text)}
                  </li>
                ))}
              </ul>
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={give.isPending}>
              {t('find.giveTo', { count: addresses.length })}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

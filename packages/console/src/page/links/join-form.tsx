// SPDX-License-Identifier: Apache-2.0
/** A join token: for whom, and then the token itself, which is shown this once. */
import {
  Alert,
  Autocomplete,
  Button,
  Code,
  CopyButton,
  Group,
  Modal,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { type Link, MakeJoinToken } from '@openhmp/contract'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { Problem } from '../../part/problem.tsx'
import { QrCode } from '../../part/qr-code.tsx'
import { useFormat } from '../../part/time.tsx'
import css from './links.module.css'

interface Props {
  /** A link that is there and joins again. */
  again: Link | undefined
  sites: readonly string[]
  onMade: () => void
  onClose: () => void
}

type Role = 'device' | 'agent'

/** Under which this page was loaded, so that others can reach the server there, too. */
const here = (): string => `${location.hostname}:${location.port || 443}`

export function JoinForm({ again, sites, onMade, onClose }: Props) {
  const { t } = useTranslation()
  const [role, setRole] = useState<Role>(again?.role ?? 'device')
  const [name, setName] = useState('')
  const [site, setSite] = useState('')
  const [serial, setSerial] = useState('')
  const [address, setAddress] = useState(here)
  const given = (text: string) => (text.trim() === '' ? undefined : text.trim())
  const make = useMutation({
    mutationFn: () => {
      const who = again ? { device: again.id } : { name: given(name), site: given(site) }
      return call(MakeJoinToken, { body: { role, ...who, serialNumber: given(serial), address: given(address) } })
    },
    onSuccess: onMade,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  const title = again ? t('links.againOf', { name: again.name }) : t('links.join')
  if (make.data) return <Made title={title} {...make.data} onClose={onClose} />
  return (
    <Modal opened onClose={onClose} title={title} size="lg">
      <form onSubmit={submit}>
        <Stack>
          <Select
            label={t('links.role')}
            data={(['device', 'agent'] as const).map((value) => ({ value, label: t(`links.role_${value}`) }))}
            value={role}
            allowDeselect={false}
            onChange={(value) => value && setRole(value as Role)}
          />
          {!again && (
            <>
              <TextInput
                label={t('links.name')}
                description={t('common.optional')}
                maxLength={80}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <Autocomplete
                label={t('links.site')}
                description={t('common.optional')}
                maxLength={80}
                data={[...sites]}
                value={site}
                onChange={setSite}
              />
            </>
          )}
          <TextInput
            label={t('links.serial')}
            description={t('links.serialHelp')}
            maxLength={64}
            value={serial}
            onChange={(event) => setSerial(event.currentTarget.value)}
          />
          <TextInput
            label={t('links.address')}
            description={t('links.addressHelp')}
            value={address}
            onChange={(event) => setAddress(event.currentTarget.value)}
          />
          {make.error && <Problem error={make.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={make.isPending}>
              {t('links.make')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function Made(props: { title: string; token: string; open: { expiresAt: string }; onClose: () => void }) {
  const { t } = useTranslation()
  const { time } = useFormat()
  const { title, token, open, onClose } = props
  return (
    <Modal opened onClose={onClose} title={title} size="lg">
      <Stack>
        <Alert variant="light">{t('links.madeText', { time: time(open.expiresAt) })}</Alert>
        <div className={css['made']}>
          <QrCode text={token} label={t('links.qr')} />
          <Code className={css['token'] ?? ''}>{token}</Code>
        </div>
        <Text size="sm" c="dimmed">
          {t('links.madeHow')}
        </Text>
        <Group justify="flex-end">
          <CopyButton value={token} timeout={2500}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                leftSection={
                  copied ? <IconCheck size={16} aria-hidden="true" /> : <IconCopy size={16} aria-hidden="true" />
                }
                onClick={copy}
              >
                {t(copied ? 'common.copied' : 'common.copy')}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>{t('common.close')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}

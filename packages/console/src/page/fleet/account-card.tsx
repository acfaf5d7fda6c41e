// SPDX-License-Identifier: Apache-2.0
/** New passwords and HTTPS certificates for chosen devices: each begins a job. */
import { Button, Checkbox, Group, Modal, MultiSelect, Stack, Text } from '@mantine/core'
import { type Device, type DeviceId, RenewCertificates, RotatePasswords } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { devicesQuery, sessionQuery } from '../../api/queries.ts'
import { labelsOf } from '../../part/label-fields.tsx'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import css from './fleet.module.css'

/** One device first, then a quarter, then the rest; a few failures stop it. */
const CAREFUL = { waves: [1, '25%', '100%'], concurrency: 4, maxFailures: 2 }
/** Choices that are shown at a time; what is typed finds the others. */
const MAX_SHOWN = 50

/** Those that any of the choices means: `site:`, `tag:` or `id:` and what follows. */
const meantBy = (devices: readonly Device[], choices: readonly string[]): DeviceId[] => {
  const chosen = new Set(choices)
  return devices
    .filter(
      ({ id, site, tags }) =>
        chosen.has(`id:${id}`) || chosen.has(`site:${site}`) || tags.some((tag) => chosen.has(`tag:${tag}`)),
    )
    .map(({ id }) => id)
}

export function AccountCard() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const may = useQuery(sessionQuery).data?.everywhere.includes('device.account') ?? false
  const all = useQuery(devicesQuery).data
  const devices = useMemo(() => (all ?? []).filter(({ kind }) => kind === 'isapi'), [all])
  const [choices, setChoices] = useState<string[]>([])
  const [moveToHttps, setMoveToHttps] = useState(false)
  const [isAsking, setAsking] = useState(false)
  const data = useMemo(() => {
    const { sites, tags } = labelsOf(devices)
    return [
      { group: t('accounts.sites'), items: sites.map((label) => ({ value: `site:${label}`, label })) },
      { group: t('accounts.tags'), items: tags.map((label) => ({ value: `tag:${label}`, label })) },
      { group: t('accounts.devices'), items: devices.map(({ id, name }) => ({ value: `id:${id}`, label: name })) },
    ].filter(({ items }) => items.length > 0)
  }, [devices, t])
  const ids = useMemo(() => meantBy(devices, choices), [devices, choices])
  const begin = useMutation({
    mutationFn: (what: 'passwords' | 'certificates') => {
      const body = { devices: ids, rollout: CAREFUL }
      return what === 'passwords'
        ? call(RotatePasswords, { body })
        : call(RenewCertificates, { body: { ...body, moveToHttps } })
    },
    onSuccess: (job) => navigate({ to: '/fleet/$id', params: { id: job.id } }),
  })
  if (!may) return null
  const isNone = ids.length === 0
  return (
    <section className={page['card']} aria-label={t('accounts.title')}>
      <div className={page['cardHead']}>
        <h2>{t('accounts.title')}</h2>
      </div>
      <div className={css['desired']}>
        <MultiSelect
          label={t('accounts.which')}
          description={t('accounts.count', { count: ids.length })}
          placeholder={choices.length === 0 ? t('accounts.choose') : ''}
          data={data}
          value={choices}
          onChange={setChoices}
          limit={MAX_SHOWN}
          searchable
          clearable
        />
        {begin.error && <Problem error={begin.error} />}
        <Group>
          <Button disabled={isNone} onClick={() => setAsking(true)}>
            {t('accounts.newPasswords')}
          </Button>
          <Button
            variant="default"
            disabled={isNone}
            loading={begin.isPending && begin.variables === 'certificates'}
            onClick={() => begin.mutate('certificates')}
          >
            {t('accounts.newCertificates')}
          </Button>
          <Checkbox
            label={t('accounts.moveToHttps')}
            checked={moveToHttps}
            onChange={(event) => setMoveToHttps(event.currentTarget.checked)}
          />
        </Group>
      </div>
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={t('accounts.newPasswords')}>
        <Stack>
          <Text>{t('accounts.passwordsHelp', { count: ids.length })}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              {t('common.cancel')}
            </Button>
            <Button loading={begin.isPending} onClick={() => begin.mutate('passwords')}>
              {t('accounts.begin')}
            </Button>
          </Group>
          {begin.error && <Problem error={begin.error} />}
        </Stack>
      </Modal>
    </section>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** What is behind an agent: its devices, to be added here, its events on their way, and what else is on its networks. */
import { Button } from '@mantine/core'
import { AddDevice, type BehindDevice, type Device, ListBehind } from '@openhmp/contract'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { noteDevice } from '../../api/note-devices.ts'
import { sessionQuery } from '../../api/queries.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import { problemText } from '../../text/problem.ts'
import css from './behind.module.css'

const AGAIN_MS = 10_000

export function Behind({ device }: { device: Device }) {
  const { t } = useTranslation()
  const mayAdd = useQuery(sessionQuery).data?.everywhere.includes('device.configure') ?? false
  const told = useQuery({
    queryKey: ['behind', device.id, device.state.state],
    queryFn: ({ signal }) => call(ListBehind, { params: { id: device.id }, signal }),
    enabled: mayAdd && device.state.state === 'online',
    refetchInterval: AGAIN_MS,
    retry: false,
  })
  if (!mayAdd) return null
  const { devices, events, found } = told.data ?? { devices: [], events: null, found: [] }
  return (
    <section className={page['card']}>
      <div className={page['cardHead']}>
        <h2>{t('behind.title')}</h2>
      </div>
      {told.error && <Problem error={told.error} onRetry={() => void told.refetch()} />}
      {device.state.state !== 'online' && <p className={css['none']}>{t('behind.away')}</p>}
      {told.data && devices.length === 0 && <p className={css['none']}>{t('behind.none')}</p>}
      <ul className={css['list']}>
        {devices.map((one) => (
          <Row key={one.identity} one={one} />
        ))}
      </ul>
      {events && (
        <p className={css['none']}>
          {t('behind.events', { waiting: events.waiting, lost: events.lost, refused: events.refused })}
        </p>
      )}
      {found.length > 0 && (
        <>
          <h3 className={css['head']}>{t('behind.found')}</h3>
          <p className={css['none']}>{t('behind.foundHelp')}</p>
          <ul className={css['list']}>
            {found.map((one) => (
              <li key={`${one.address} ${one.serialNumber}`}>
                <span className={css['name']}>{one.model || one.address}</span>
                <span className={page['dim']}>
                  {one.address}
                  {one.httpPort === null ? '' : `:${one.httpPort}`} {one.serialNumber}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function Row({ one }: { one: BehindDevice }) {
  const { t, i18n } = useTranslation()
  const client = useQueryClient()
  const add = useMutation({
    mutationFn: () => call(AddDevice, { body: { kind: 'hmp', identity: one.identity } }),
    onSuccess: ({ device }) => {
      noteDevice(device)
      return client.invalidateQueries({ queryKey: ['behind'] })
    },
  })
  return (
    <li>
      <span className={css['name']}>{one.name}</span>
      <span className={page['dim']}>
        {one.model} {t(`behind.state_${one.state}`)}
        {one.cause && `: ${problemText(i18n.language, one.cause.code, one.cause.text)}`}
      </span>
      {one.device === null ? (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} />}
          aria-label={`${t('behind.add')}: ${one.name}`}
          loading={add.isPending}
          onClick={() => add.mutate()}
        >
          {t('behind.add')}
        </Button>
      ) : (
        <Link
          to="/devices/$id"
          params={{ id: one.device }}
          className={page['link']}
          aria-label={`${t('behind.open')}: ${one.name}`}
        >
          {t('behind.open')}
        </Link>
      )}
      {add.error && <Problem error={add.error} />}
    </li>
  )
}

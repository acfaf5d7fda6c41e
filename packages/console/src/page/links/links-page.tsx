// SPDX-License-Identifier: Apache-2.0
/** Who dials in over HMP: state, how each signs in, until when; tokens to join with, and taking the right away. */
import { Button, Menu } from '@mantine/core'
import { BurnJoinToken, type Link, ListLinks, type OpenToken, RevokeLink } from '@openhmp/contract'
import { IconDots, IconLinkOff, IconPlugConnected, IconRefresh } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { sessionQuery } from '../../api/queries.ts'
import { Empty } from '../../part/empty.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { Since, useFormat } from '../../part/time.tsx'
import { JoinForm } from './join-form.tsx'
import css from './links.module.css'

const REFRESH_MS = 5000
const linksKey = ['links']
const reload = () => queries.invalidateQueries({ queryKey: linksKey })

export function LinksPage() {
  const { t } = useTranslation()
  const links = useQuery({
    queryKey: linksKey,
    queryFn: ({ signal }) => call(ListLinks, { signal }),
    refetchInterval: REFRESH_MS,
  })
  const may = useQuery(sessionQuery).data?.everywhere.includes('device.configure') ?? false
  const [joining, setJoining] = useState<{ again?: Link }>()
  const revoke = useMutation({
    mutationFn: ({ id }: Link) => call(RevokeLink, { params: { id } }),
    onSettled: reload,
  })
  const burn = useMutation({
    mutationFn: ({ id }: OpenToken) => call(BurnJoinToken, { params: { id } }),
    onSettled: reload,
  })
  return (
    <div className={page['page']}>
      <PageHeader title={t('links.title')} lead={t('links.lead')}>
        {may && (
          <Button leftSection={<IconPlugConnected size={16} aria-hidden="true" />} onClick={() => setJoining({})}>
            {t('links.join')}
          </Button>
        )}
      </PageHeader>
      {[links, revoke, burn].map(({ error }, i) => error && <Problem key={String(i)} error={error} />)}
      {links.data?.links.length === 0 && (
        <Empty icon={<IconPlugConnected size={28} />} title={t('links.none')} text={t('links.noneText')} />
      )}
      <ul className={css['links']}>
        {links.data?.links.map((link) => (
          <li key={link.id}>
            <Row link={link} />
            {may && (
              <Deeds link={link} onAgain={() => setJoining({ again: link })} onRevoke={() => revoke.mutate(link)} />
            )}
          </li>
        ))}
      </ul>
      {links.data && links.data.tokens.length > 0 && (
        <section>
          <h2>{t('links.tokens')}</h2>
          <ul className={css['links']}>
            {links.data.tokens.map((token) => (
              <li key={token.id}>
                <Token token={token} />
                {may && (
                  <Button variant="default" onClick={() => burn.mutate(token)}>
                    {t('links.burn')}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {joining && (
        <JoinForm
          again={joining.again}
          sites={[...new Set(links.data?.links.flatMap(({ site }) => site ?? []))]}
          onMade={reload}
          onClose={() => setJoining(undefined)}
        />
      )}
    </div>
  )
}

function Row({ link }: { link: Link }) {
  const { t } = useTranslation()
  const { dateTime } = useFormat()
  const { name, identity, site, isOnline, since, role, software, signsInBy, certificateUntil, devices } = link
  const facts = [
    role && t(`links.role_${role}`),
    devices > 0 && t('links.devices', { count: devices }),
    site && t('links.atSite', { name: site }),
    certificateUntil ? t('links.until', { date: dateTime(certificateUntil) }) : t(`links.by_${signsInBy}`),
    software,
  ].filter(Boolean)
  return (
    <div className={css['words']}>
      <div className={css['name']}>
        <strong>{name}</strong>
        {name !== identity && <span className={page['dim']}>{identity}</span>}
        <span className={css['state']} data-online={isOnline}>
          {isOnline ? t('links.online') : t('links.away')}
        </span>
        {since && (
          <span className={page['dim']}>
            <Since time={since} />
          </span>
        )}
      </div>
      <div className={css['facts']}>{facts.join(' · ')}</div>
    </div>
  )
}

function Token({ token: { role, name, site, serialNumber, by, expiresAt } }: { token: OpenToken }) {
  const { t } = useTranslation()
  const { time } = useFormat()
  const facts = [
    site && t('links.atSite', { name: site }),
    serialNumber,
    t('links.tokenBy', { name: by, time: time(expiresAt) }),
  ].filter(Boolean)
  return (
    <div className={css['words']}>
      <div className={css['name']}>
        <strong>{name ?? t(`links.role_${role}`)}</strong>
      </div>
      <div className={css['facts']}>{facts.join(' · ')}</div>
    </div>
  )
}

function Deeds({ link, onAgain, onRevoke }: { link: Link; onAgain: () => void; onRevoke: () => void }) {
  const { t } = useTranslation()
  const [isSure, setSure] = useState(false)
  return (
    <Menu position="bottom-end" onClose={() => setSure(false)}>
      <Menu.Target>
        <Button variant="default" px="xs" aria-label={t('links.deeds', { name: link.name })}>
          <IconDots size={18} aria-hidden="true" />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconRefresh size={16} aria-hidden="true" />} onClick={onAgain}>
          {t('links.again')}
        </Menu.Item>
        <Menu.Item
          color="red"
          disabled={link.signsInBy === 'none'}
          leftSection={<IconLinkOff size={16} aria-hidden="true" />}
          closeMenuOnClick={isSure}
          onClick={() => (isSure ? onRevoke() : setSure(true))}
        >
          {t(isSure ? 'links.revokeSure' : 'links.revoke', { name: link.name })}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

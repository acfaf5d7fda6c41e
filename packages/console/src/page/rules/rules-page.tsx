// SPDX-License-Identifier: Apache-2.0
/** Rules: when something happens, who is told; and what has become of the telling. */
import { Button, Group, Switch } from '@mantine/core'
import { ChangeRule, ListDeliveries, ListRules, RemoveRule, RetryDelivery, type Rule, TryRule } from '@openhmp/contract'
import { IconArrowLeft, IconBellShare, IconPlus } from '@tabler/icons-react'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { devicesQuery, sessionQuery } from '../../api/queries.ts'
import { Empty } from '../../part/empty.tsx'
import { useKindName } from '../../part/event-kind.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { Ago } from '../../part/time.tsx'
import { RuleForm } from './rule-form.tsx'
import css from './rules.module.css'

const rulesQuery = queryOptions({
  queryKey: ['rules'],
  queryFn: async ({ signal }) => (await call(ListRules, { signal })).rules,
})
const LOOK_MS = 5000
const deliveriesQuery = queryOptions({
  queryKey: ['deliveries'],
  queryFn: async ({ signal }) => (await call(ListDeliveries, { signal, query: { limit: 50 } })).deliveries,
  refetchInterval: LOOK_MS,
})
const reload = () => queries.invalidateQueries({ queryKey: rulesQuery.queryKey })

export function RulesPage() {
  const { t } = useTranslation()
  const rules = useQuery(rulesQuery)
  const may = useQuery(sessionQuery).data?.permissions.includes('system.configure') ?? false
  /** The rule that is being changed; null: a new one. */
  const [edited, setEdited] = useState<Rule | null>()
  return (
    <div className={page['page']}>
      <PageHeader
        title={t('rules.title')}
        lead={t('rules.lead')}
        before={
          <Link to="/events" className={css['back']} aria-label={t('rules.back')}>
            <IconArrowLeft size={20} aria-hidden="true" />
          </Link>
        }
      >
        {may && (
          <Button leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => setEdited(null)}>
            {t('rules.add')}
          </Button>
        )}
      </PageHeader>
      <div className={css['stack']}>
        {rules.error && <Problem error={rules.error} onRetry={() => void rules.refetch()} />}
        <section className={page['card']} aria-label={t('rules.title')}>
          {rules.data?.length === 0 && (
            <Empty icon={<IconBellShare />} title={t('rules.none')} text={t('rules.noneHelp')} />
          )}
          <ul className={css['list']}>
            {rules.data?.map((rule) => (
              <RuleRow key={rule.id} rule={rule} may={may} onEdit={() => setEdited(rule)} />
            ))}
          </ul>
        </section>
        <Deliveries may={may} />
      </div>
      {edited !== undefined && <RuleForm rule={edited} onClose={() => setEdited(undefined)} onSaved={reload} />}
    </div>
  )
}

function RuleRow({ rule, may, onEdit }: { rule: Rule; may: boolean; onEdit: () => void }) {
  const { t } = useTranslation()
  const params = { id: rule.id }
  const { id: _, createdAt: __, by: ___, ...wish } = rule
  const turn = useMutation({
    mutationFn: (isOn: boolean) => call(ChangeRule, { params, body: { ...wish, isOn } }),
    onSuccess: reload,
  })
  const remove = useMutation({ mutationFn: () => call(RemoveRule, { params }), onSuccess: reload })
  const test = useMutation({ mutationFn: () => call(TryRule, { params }) })
  return (
    <li>
      <Switch
        checked={rule.isOn}
        disabled={!may || turn.isPending}
        aria-label={t('rules.on', { name: rule.name })}
        onChange={({ currentTarget: { checked } }) => turn.mutate(checked)}
      />
      <div className={css['words']}>
        <strong>{rule.name}</strong>
        <Sentence rule={rule} />
        {[turn, remove, test].map(({ error }, i) => error && <Problem key={String(i)} error={error} />)}
        {test.data && (
          <span role="status" data-taken={test.data.isTaken} className={css['outcome']}>
            {test.data.isTaken ? t('rules.taken') : t('rules.notTaken', { text: test.data.text })}
          </span>
        )}
      </div>
      {may && (
        <Group gap="xs" justify="flex-end">
          <Button size="compact-sm" variant="default" loading={test.isPending} onClick={() => test.mutate()}>
            {t('rules.try')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={onEdit}>
            {t('rules.edit')}
          </Button>
          <Button size="compact-sm" variant="subtle" color="red" onClick={() => remove.mutate()}>
            {t('device.remove')}
          </Button>
        </Group>
      )}
    </li>
  )
}

/** `Motion, Intrusion · Harbour · to alarms.example` */
function Sentence({ rule: { when, tell, holdDownSeconds } }: { rule: Rule }) {
  const { t } = useTranslation()
  const kindName = useKindName()
  const names = new Map((useQuery(devicesQuery).data ?? []).map(({ id, name }) => [id, name]))
  const parts = [
    when.kinds.length === 0 ? t('events.allKinds') : when.kinds.map(kindName).join(', '),
    [...when.devices.map((id) => names.get(id) ?? '?'), ...when.sites, ...when.tags].join(', '),
    when.moments.includes('ended') ? t('rules.andEnds') : '',
    when.window ? `${when.window.from} – ${when.window.to}` : '',
    holdDownSeconds > 0 ? t('rules.holdDownShort', { count: holdDownSeconds }) : '',
    t('rules.to', { target: new URL(tell.url).host }),
  ]
  return <span className={page['dim']}>{parts.filter(Boolean).join(' · ')}</span>
}

function Deliveries({ may }: { may: boolean }) {
  const { t } = useTranslation()
  const deliveries = useQuery(deliveriesQuery)
  const retry = useMutation({
    mutationFn: (id: string) => call(RetryDelivery, { params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: deliveriesQuery.queryKey }),
  })
  if (!deliveries.data?.length) return null
  return (
    <section className={page['card']} aria-label={t('rules.told')}>
      <div className={page['cardHead']}>
        <h2>{t('rules.told')}</h2>
      </div>
      {retry.error && <Problem error={retry.error} />}
      <div className={page['scroll']}>
        <table className={page['table']}>
          <thead>
            <tr>
              <th>{t('rules.when')}</th>
              <th>{t('rules.rule')}</th>
              <th>{t('rules.target')}</th>
              <th>{t('rules.state')}</th>
              <th aria-label={t('rules.again')} />
            </tr>
          </thead>
          <tbody>
            {deliveries.data.map(({ id, createdAt, ruleName, target, state, attempts, text }) => (
              <tr key={id}>
                <td>
                  <Ago time={createdAt} />
                </td>
                <td>{ruleName}</td>
                <td>{target}</td>
                <td data-state={state} className={css['state']}>
                  {t(`rules.state_${state}`)}
                  {text && <span className={page['dim']}> · {t('rules.attempts', { count: attempts, text })}</span>}
                </td>
                <td>
                  {may && state !== 'sent' && (
                    <Button size="compact-xs" variant="default" onClick={() => retry.mutate(id)}>
                      {t('rules.again')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** Rules: when something happens, who is told and what is done; and what has become of it. */
import { Button, Group, Modal, Switch } from '@mantine/core'
import { ChangeRule, RemoveRule, type Rule } from '@openhmp/contract'
import { IconArrowLeft, IconBellShare, IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { sessionQuery } from '../../api/queries.ts'
import { Empty } from '../../part/empty.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { ArmingCard } from './arming-card.tsx'
import { DeliveriesCard } from './deliveries-card.tsx'
import { BookmarksCard, FiringsCard } from './firings-card.tsx'
import { reloadRules, rulesQuery } from './queries.ts'
import { RuleForm } from './rule-form.tsx'
import css from './rules.module.css'
import { useSentence } from './sentence.ts'
import { TargetsCard } from './targets-card.tsx'

export function RulesPage() {
  const { t } = useTranslation()
  const rules = useQuery(rulesQuery)
  const permissions = useQuery(sessionQuery).data?.everywhere ?? []
  const may = permissions.includes('system.configure')
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
        <TargetsCard may={may} />
        <DeliveriesCard may={may} />
        <ArmingCard may={permissions.includes('site.arm')} />
        <FiringsCard />
        <BookmarksCard />
      </div>
      {edited !== undefined && <RuleForm rule={edited} onClose={() => setEdited(undefined)} />}
    </div>
  )
}

function RuleRow({ rule, may, onEdit }: { rule: Rule; may: boolean; onEdit: () => void }) {
  const { t } = useTranslation()
  const sentence = useSentence()(rule)
  const [isRemoving, setRemoving] = useState(false)
  const params = { id: rule.id }
  const { id: _, createdAt: __, by: ___, ...wish } = rule
  const turn = useMutation({
    mutationFn: (isOn: boolean) => call(ChangeRule, { params, body: { ...wish, isOn } }),
    onSuccess: reloadRules,
  })
  const remove = useMutation({ mutationFn: () => call(RemoveRule, { params }), onSuccess: reloadRules })
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
        <span className={page['dim']}>{sentence.when}</span>
        <span className={css['then']}>{sentence.deeds}</span>
        {[turn, remove].map(({ error }, i) => error && <Problem key={String(i)} error={error} />)}
      </div>
      {may && (
        <Group gap="xs" justify="flex-end">
          <Button size="compact-sm" variant="default" onClick={onEdit}>
            {t('rules.edit')}
          </Button>
          <Button size="compact-sm" variant="subtle" color="red" onClick={() => setRemoving(true)}>
            {t('device.remove')}
          </Button>
        </Group>
      )}
      <Modal opened={isRemoving} onClose={() => setRemoving(false)} title={t('rules.sure', { name: rule.name })}>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setRemoving(false)}>
            {t('common.cancel')}
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t('device.remove')}
          </Button>
        </Group>
      </Modal>
    </li>
  )
}

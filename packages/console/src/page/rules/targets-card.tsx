// SPDX-License-Identifier: Apache-2.0
/** Targets: whom rules tell, and how it goes. Each can be tried. */
import { Button, Group } from '@mantine/core'
import {
  DropDeliveries,
  type NotifyTarget,
  RemoveTarget,
  RetryDeliveries,
  TestTarget,
  type Way,
} from '@openhmp/contract'
import { IconBrowser, IconMail, IconPlus, IconTopologyStar3, IconWebhook } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { Empty } from '../../part/empty.tsx'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import { Ago } from '../../part/time.tsx'
import { PushSwitch } from './push-switch.tsx'
import { reloadRules, targetsQuery } from './queries.ts'
import css from './rules.module.css'
import { TargetForm } from './target-form.tsx'

const icons = { webhook: IconWebhook, mqtt: IconTopologyStar3, email: IconMail, push: IconBrowser }

export function TargetsCard({ may }: { may: boolean }) {
  const { t } = useTranslation()
  const { data, error } = useQuery(targetsQuery)
  /** The target that is being changed; null: a new one. */
  const [edited, setEdited] = useState<NotifyTarget | null>()
  return (
    <section className={page['card']} aria-label={t('rules.targetsTitle')}>
      <div className={page['cardHead']}>
        <h2>{t('rules.targetsTitle')}</h2>
        {may && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden="true" />}
            onClick={() => setEdited(null)}
          >
            {t('rules.addTarget')}
          </Button>
        )}
      </div>
      {error && <Problem error={error} />}
      {data?.length === 0 && (
        <Empty icon={<IconWebhook />} title={t('rules.noTargets')} text={t('rules.noTargetsHelp')} />
      )}
      <ul className={css['targets']}>
        {data?.map((target) => (
          <TargetItem key={target.id} target={target} may={may} onEdit={() => setEdited(target)} />
        ))}
      </ul>
      {edited !== undefined && <TargetForm target={edited} onClose={() => setEdited(undefined)} />}
    </section>
  )
}

function TargetItem({ target, may, onEdit }: { target: NotifyTarget; may: boolean; onEdit: () => void }) {
  const { t } = useTranslation()
  const { id, name, way, lastSentAt, waiting, dead, problem } = target
  const Icon = icons[way.kind]
  const params = { id }
  const test = useMutation({ mutationFn: () => call(TestTarget, { params }) })
  const again = useMutation({
    mutationFn: () => call(RetryDeliveries, { body: { target: id } }),
    onSuccess: reloadRules,
  })
  const drop = useMutation({
    mutationFn: () => call(DropDeliveries, { body: { target: id } }),
    onSuccess: reloadRules,
  })
  const remove = useMutation({ mutationFn: () => call(RemoveTarget, { params }), onSuccess: reloadRules })
  return (
    <li>
      <div className={css['targetHead']}>
        <Icon size={20} aria-hidden="true" />
        <div className={css['words']}>
          <strong>{name}</strong>
          <span className={page['dim']}>
            {t(`rules.way_${way.kind}`)}
            {placeOf(way) && ` · ${placeOf(way)}`}
          </span>
        </div>
      </div>
      <div className={css['counts']}>
        <span>
          {lastSentAt === null ? (
            t('rules.neverSent')
          ) : (
            <>
              {t('rules.lastSent')} <Ago time={lastSentAt} />
            </>
          )}
        </span>
        {waiting > 0 && (
          <span data-state="waiting" className={css['state']}>
            {t('rules.waiting', { count: waiting })}
          </span>
        )}
        {dead > 0 && (
          <span data-state="dead" className={css['state']}>
            {t('rules.dead', { count: dead })}
          </span>
        )}
      </div>
      {problem !== null && <span className={css['trouble']}>{problem}</span>}
      {test.data && (
        <span role="status" data-taken={test.data.isTaken} className={css['outcome']}>
          {test.data.isTaken ? t('rules.taken') : t('rules.notTaken', { text: test.data.text })}
        </span>
      )}
      {[test, again, drop, remove].map(({ error }, i) => error && <Problem key={String(i)} error={error} />)}
      {way.kind === 'push' && <PushSwitch />}
      {may && (
        <Group gap="xs" className={css['buttons']!}>
          <Button size="compact-sm" variant="default" loading={test.isPending} onClick={() => test.mutate()}>
            {t('rules.test')}
          </Button>
          {dead > 0 && (
            <>
              <Button size="compact-sm" variant="default" loading={again.isPending} onClick={() => again.mutate()}>
                {t('rules.againAll')}
              </Button>
              <Button size="compact-sm" variant="default" loading={drop.isPending} onClick={() => drop.mutate()}>
                {t('rules.drop')}
              </Button>
            </>
          )}
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

const placeOf = (way: Way): string => {
  if (way.kind === 'push') return ''
  if (way.kind === 'webhook') return new URL(way.url).host
  return way.kind === 'email' ? way.to.join(', ') : `${way.host}:${way.port}`
}

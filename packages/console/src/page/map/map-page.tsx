// SPDX-License-Identifier: Apache-2.0
/** Floor plans: the cameras of a place where they hang, with their state and what goes on, live. */
import { Button, Menu, Select } from '@mantine/core'
import { ChangePlan, type Plan, RemovePlan } from '@openhmp/contract'
import { IconDots, IconMap2, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { plansQuery } from '../../api/plan-queries.ts'
import { sessionQuery } from '../../api/queries.ts'
import { Empty } from '../../part/empty.tsx'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import type { MapSearch } from '../../search.ts'
import { placedKey } from './draft.ts'
import css from './map.module.css'
import { PlaceCameras } from './place-cameras.tsx'
import { PlanForm } from './plan-form.tsx'
import { PlanView } from './plan-view.tsx'

type Doing = 'placing' | 'adding' | 'renaming' | undefined

/** The one that was asked for; else one that has the camera; else the first. */
const planFor = (plans: readonly Plan[], { plan, camera }: MapSearch): Plan | undefined =>
  plans.find(({ id }) => id === plan) ??
  plans.find(({ cameras }) => cameras.some((placed) => placedKey(placed) === camera)) ??
  plans[0]

export function MapPage() {
  const { t } = useTranslation()
  const search = useSearch({ from: '/app/map' })
  const navigate = useNavigate()
  const may = useQuery(sessionQuery).data?.everywhere.includes(ChangePlan.needs as 'device.configure') ?? false
  const list = useQuery(plansQuery)
  const plans = list.data ?? []
  const plan = planFor(plans, search)
  const [doing, setDoing] = useState<Doing>()
  const go = (to: MapSearch) => void navigate({ to: '/map', search: to, replace: true })
  const done = () => setDoing(undefined)
  return (
    <div className={css['page']}>
      <PageHeader
        title={t('map.title')}
        lead={plan ? [plan.name, plan.site].filter(Boolean).join(' · ') : t('map.lead')}
      >
        {plan && plans.length > 1 && doing !== 'placing' && (
          <Select
            aria-label={t('map.which')}
            data={plans.map(({ id, name, site }) => ({ value: id, label: site ? `${name} · ${site}` : name }))}
            value={plan.id}
            allowDeselect={false}
            searchable={plans.length > 10}
            onChange={(id) => id && go({ plan: id })}
          />
        )}
        {plan && may && doing !== 'placing' && (
          <>
            <Button
              variant="default"
              leftSection={<IconPencil size={16} aria-hidden="true" />}
              onClick={() => setDoing('placing')}
            >
              {t('map.place')}
            </Button>
            <More plan={plan} onAdd={() => setDoing('adding')} onRename={() => setDoing('renaming')} />
          </>
        )}
      </PageHeader>
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && !plan && (
        <Empty icon={<IconMap2 size={28} />} title={t('map.none')} text={t(may ? 'map.noneHelp' : 'map.noneAsk')}>
          {may && (
            <Button mt="sm" leftSection={<IconPlus size={16} />} onClick={() => setDoing('adding')}>
              {t('map.add')}
            </Button>
          )}
        </Empty>
      )}
      {plan && doing === 'placing' && <PlaceCameras key={plan.id} plan={plan} onDone={done} />}
      {plan && doing !== 'placing' && (
        <PlanView
          key={plan.id}
          plan={plan}
          chosen={search.camera}
          onChoose={(camera) => go(camera === undefined ? { plan: plan.id } : { plan: plan.id, camera })}
          onPlace={may ? () => setDoing('placing') : undefined}
        />
      )}
      {(doing === 'adding' || doing === 'renaming') && (
        <PlanForm
          plan={doing === 'renaming' ? plan : undefined}
          onClose={done}
          onDone={({ id }) => {
            go({ plan: id })
            setDoing(doing === 'adding' ? 'placing' : undefined)
          }}
        />
      )}
    </div>
  )
}

function More({ plan, onAdd, onRename }: { plan: Plan; onAdd: () => void; onRename: () => void }) {
  const { t } = useTranslation()
  const [isSure, setSure] = useState(false)
  const remove = useMutation({
    mutationFn: () => call(RemovePlan, { params: { id: plan.id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: plansQuery.queryKey }),
  })
  return (
    <Menu position="bottom-end" onClose={() => setSure(false)}>
      <Menu.Target>
        <Button variant="default" px="xs" aria-label={t('nav.more')}>
          <IconDots size={18} aria-hidden="true" />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPlus size={16} />} onClick={onAdd}>
          {t('map.add')}
        </Menu.Item>
        <Menu.Item leftSection={<IconPencil size={16} />} onClick={onRename}>
          {t('map.rename')}
        </Menu.Item>
        <Menu.Item
          color="red"
          leftSection={<IconTrash size={16} />}
          closeMenuOnClick={isSure}
          onClick={() => (isSure ? remove.mutate() : setSure(true))}
        >
          {t(isSure ? 'map.removeSure' : 'map.remove', { name: plan.name })}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

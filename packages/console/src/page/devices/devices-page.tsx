// SPDX-License-Identifier: Apache-2.0
/** All devices: what they are, how they are, since when and why; found, narrowed, sorted, and worked on many at a time. */
import { Button } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { Device, DeviceId } from '@openhmp/contract'
import { IconDeviceCctv, IconPlus, IconRadar2, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { devicesQuery, sessionQuery } from '../../api/queries.ts'
import { Empty } from '../../part/empty.tsx'
import { LinkButton } from '../../part/link-button.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { useFormat } from '../../part/time.tsx'
import type { Chosen } from './chosen.ts'
import type { Column } from './columns.ts'
import { Deeds } from './deeds.tsx'
import { arrange, choicesOf, type DeviceView } from './device-order.ts'
import { DeviceTable } from './device-table.tsx'
import css from './devices.module.css'
import { FilterBar } from './filter-bar.tsx'
import { useView } from './use-view.ts'

const none: readonly Device[] = []

export function DevicesPage() {
  const { t } = useTranslation()
  const format = useFormat()
  const permissions = useQuery(sessionQuery).data?.everywhere ?? []
  const mayConfigure = permissions.includes('device.configure')
  const mayChoose = mayConfigure || permissions.includes('device.reboot')
  const devices = useQuery(devicesQuery)
  const all = devices.data ?? none
  const [view, setView] = useView()
  const isNarrow = useMediaQuery('(max-width: 820px)', false, { getInitialValueInEffect: false })
  const { shown, choices } = useShown(all, view)
  const { chosen, setChosen, chosenDevices, hiddenCount } = useChosen(all, shown)
  const sort = (by: Column) => setView({ by, isDescending: view.by === by && !view.isDescending })
  const isAll = shown.length === all.length
  const lead = isAll
    ? t('devices.count', { count: all.length, number: format.number(all.length) })
    : t('devices.countOf', { shown: format.number(shown.length), count: all.length, all: format.number(all.length) })
  return (
    <div className={css['page']}>
      <PageHeader title={t('devices.title')} lead={devices.data && <span aria-live="polite">{lead}</span>}>
        {mayConfigure && isNarrow && (
          <LinkButton to="/devices/find" px="sm" variant="default" aria-label={t('find.open')}>
            <IconRadar2 size={18} />
          </LinkButton>
        )}
        {mayConfigure && !isNarrow && (
          <LinkButton to="/devices/find" variant="default" leftSection={<IconRadar2 size={18} />}>
            {t('find.open')}
          </LinkButton>
        )}
        {mayConfigure && isNarrow && (
          <LinkButton to="/devices/add" px="sm" aria-label={t('devices.add')}>
            <IconPlus size={18} />
          </LinkButton>
        )}
        {mayConfigure && !isNarrow && (
          <LinkButton to="/devices/add" leftSection={<IconPlus size={18} />}>
            {t('devices.add')}
          </LinkButton>
        )}
      </PageHeader>
      {devices.error && <Problem error={devices.error} onRetry={() => void devices.refetch()} />}
      {all.length > 0 && (
        <FilterBar
          view={view}
          columns={view.columns}
          choices={choices}
          isNarrow={isNarrow}
          onView={setView}
          onColumns={(columns) => setView({ columns })}
        />
      )}
      {devices.data && all.length === 0 && <Empty icon={<IconDeviceCctv />} title={t('devices.noneYet')} />}
      {all.length > 0 && shown.length === 0 && (
        <div className={page['card']}>
          <Empty icon={<IconSearch />} title={t('devices.noMatch')} text={t('devices.noMatchHelp')}>
            <Button variant="default" mt="sm" onClick={() => setView({ wanted: '', filters: {} })}>
              {t('devices.clearFilter')}
            </Button>
          </Empty>
        </div>
      )}
      {shown.length > 0 && (
        <DeviceTable
          rows={shown}
          columns={view.columns}
          sort={view}
          onSort={sort}
          chosen={mayChoose ? chosen : undefined}
          onChoose={setChosen}
          isNarrow={isNarrow}
        />
      )}
      {chosenDevices.length > 0 && (
        <Deeds devices={chosenDevices} all={all} hiddenCount={hiddenCount} onNone={() => setChosen(new Set())} />
      )}
    </div>
  )
}

/** What to show. Typing stays quick: the list follows when there is time. */
const useShown = (all: readonly Device[], view: DeviceView) => {
  const { i18n } = useTranslation()
  const { wanted, filters, by, isDescending } = view
  const lazyWanted = useDeferredValue(wanted)
  const before = useRef<readonly Device[]>([])
  const shown = useMemo(() => {
    const rows = arrange(all, { wanted: lazyWanted, filters, by, isDescending }, i18n.language, before.current)
    before.current = rows
    return rows
  }, [all, lazyWanted, filters, by, isDescending, i18n.language])
  const choices = useMemo(() => choicesOf(all, { wanted: lazyWanted, filters }), [all, lazyWanted, filters])
  return { shown, choices }
}

/** What is chosen, and still exists. */
const useChosen = (all: readonly Device[], shown: readonly Device[]) => {
  const [chosen, setChosen] = useState<Chosen<DeviceId>>(new Set())
  return useMemo(() => {
    const chosenDevices = chosen.size === 0 ? [] : all.filter(({ id }) => chosen.has(id))
    const seen = chosen.size === 0 ? 0 : shown.filter(({ id }) => chosen.has(id)).length
    return { chosen, setChosen, chosenDevices, hiddenCount: chosenDevices.length - seen }
  }, [all, shown, chosen])
}

// SPDX-License-Identifier: Apache-2.0
/** Above the list: the search, the filters with what each would leave, and which columns are shown. */
import { Button, Checkbox, Chip, Popover, ScrollArea, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconChevronDown, IconSearch, IconX } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../part/time.tsx'
import { columns as allColumns, type Column } from './columns.ts'
import { byUrgency, type Choice, type DeviceView, type Facet, type Filters, facets, NONE } from './device-order.ts'
import css from './devices.module.css'

/** The address of the page follows what is typed after so long. */
const TYPING_MS = 150
/** Values of a filter on show; the rest is found by its search. */
const MAX_CHOICES = 200
/** A list longer than this has a search of its own. */
const SEARCHED_FROM = 9

interface Props {
  view: DeviceView
  columns: readonly Column[]
  choices: Readonly<Record<Facet, readonly Choice[]>>
  isNarrow: boolean
  onView: (change: Partial<DeviceView>) => void
  onColumns: (columns: readonly Column[]) => void
}

export function FilterBar({ view, columns, choices, isNarrow, onView, onColumns }: Props) {
  const { t } = useTranslation()
  const { filters } = view
  const set = (facet: Facet, values: readonly string[]) => onView({ filters: { ...filters, [facet]: values } })
  const hasSeveral = (facet: Facet) => choices[facet].length > 1 || (filters[facet]?.length ?? 0) > 0
  return (
    <div className={css['bar']}>
      <div className={css['barLine']}>
        <Search wanted={view.wanted} onWanted={(wanted) => onView({ wanted })} />
        {isNarrow && <SortMenu view={view} onView={onView} />}
        <div className={css['facets']}>
          {facets
            .filter((facet) => facet !== 'state' && hasSeveral(facet))
            .map((facet) => (
              <FacetMenu
                key={facet}
                label={t(`devices.facet_${facet}`)}
                none={t('devices.none')}
                choices={choices[facet]}
                chosen={filters[facet] ?? []}
                onChosen={(values) => set(facet, values)}
              />
            ))}
        </div>
        {!isNarrow && <ColumnMenu columns={columns} onColumns={onColumns} />}
      </div>
      {hasSeveral('state') && (
        <fieldset className={css['states']} aria-label={t('devices.filterState')}>
          <StateChips
            choices={choices.state}
            chosen={filters.state ?? []}
            onChosen={(values) => set('state', values)}
          />
        </fieldset>
      )}
      <Chosen filters={filters} onFilters={(next) => onView({ filters: next })} />
    </div>
  )
}

function Search({ wanted, onWanted }: { wanted: string; onWanted: (wanted: string) => void }) {
  const { t } = useTranslation()
  const [text, setText] = useState(wanted)
  const tell = useDebouncedCallback(onWanted, TYPING_MS)
  // Back and forward change it from outside.
  useEffect(() => setText(wanted), [wanted])
  return (
    <TextInput
      className={css['search']}
      type="search"
      leftSection={<IconSearch size={16} />}
      aria-label={t('devices.search')}
      placeholder={t('devices.search')}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value)
        tell(event.currentTarget.value)
      }}
    />
  )
}

function StateChips(props: {
  choices: readonly Choice[]
  chosen: readonly string[]
  onChosen: (values: readonly string[]) => void
}) {
  const { t } = useTranslation()
  const format = useFormat()
  const { chosen, onChosen } = props
  return byUrgency.flatMap((state) => {
    const choice = props.choices.find(({ value }) => value === state)
    if (!choice) return []
    const isOn = chosen.includes(state)
    return (
      <Chip
        key={state}
        size="xs"
        checked={isOn}
        onChange={() => onChosen(isOn ? chosen.filter((one) => one !== state) : [...chosen, state])}
      >
        {t(`devices.state_${state}`)} <span className="number">{format.number(choice.count)}</span>
      </Chip>
    )
  })
}

interface FacetProps {
  label: string
  /** What having no value is called. */
  none: string
  choices: readonly Choice[]
  chosen: readonly string[]
  onChosen: (values: readonly string[]) => void
}

function FacetMenu({ label, none, choices, chosen, onChosen }: FacetProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const [wanted, setWanted] = useState('')
  const needle = wanted.trim().toLowerCase()
  const nameOf = (value: string) => (value === NONE ? none : value)
  const found = choices.filter(({ value }) => nameOf(value).toLowerCase().includes(needle))
  return (
    <Popover position="bottom-start" shadow="lg" trapFocus width={280} onClose={() => setWanted('')}>
      <Popover.Target>
        <Button
          variant={chosen.length > 0 ? 'light' : 'default'}
          rightSection={<IconChevronDown size={16} />}
          className={css['facet'] ?? ''}
        >
          {label}
          {chosen.length > 0 && <span className={css['count']}>{chosen.length}</span>}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        {choices.length >= SEARCHED_FROM && (
          <TextInput
            size="xs"
            mb="xs"
            leftSection={<IconSearch size={14} />}
            aria-label={t('devices.findValue', { label })}
            placeholder={t('devices.findValue', { label })}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
        )}
        <ScrollArea.Autosize mah={320} type="auto" offsetScrollbars>
          <Checkbox.Group value={[...chosen]} onChange={onChosen} aria-label={label}>
            {found.slice(0, MAX_CHOICES).map(({ value, count }) => (
              <Checkbox
                key={value}
                size="xs"
                value={value}
                className={css['choice'] ?? ''}
                label={
                  <span className={css['choiceWords']}>
                    <span className={css['cut']}>{nameOf(value)}</span>
                    <span className="number">{format.number(count)}</span>
                  </span>
                }
              />
            ))}
          </Checkbox.Group>
          {found.length === 0 && <p className={css['noChoice']}>{t('devices.noValue')}</p>}
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  )
}

/** What the list is narrowed by, each with a way out. States stand in their own row. */
function Chosen({ filters, onFilters }: { filters: Filters; onFilters: (filters: Filters) => void }) {
  const { t } = useTranslation()
  const chosen = facets.flatMap((facet) =>
    facet === 'state' ? [] : (filters[facet] ?? []).map((value) => ({ facet, value })),
  )
  if (chosen.length === 0) return null
  return (
    <ul className={css['chosen']} aria-label={t('devices.filters')}>
      {chosen.map(({ facet, value }) => {
        const label = `${t(`devices.facet_${facet}`)}: ${value === NONE ? t('devices.none') : value}`
        return (
          <li key={label}>
            <button
              type="button"
              className={css['pill']}
              aria-label={t('devices.dropFilter', { label })}
              onClick={() => onFilters({ ...filters, [facet]: filters[facet]?.filter((one) => one !== value) })}
            >
              <span className={css['cut']}>{label}</span>
              <IconX size={13} aria-hidden="true" />
            </button>
          </li>
        )
      })}
      <li>
        <Button variant="subtle" size="compact-xs" onClick={() => onFilters({})}>
          {t('devices.clearFilter')}
        </Button>
      </li>
    </ul>
  )
}

function ColumnMenu({ columns, onColumns }: Pick<Props, 'columns' | 'onColumns'>) {
  const { t } = useTranslation()
  return (
    <Popover position="bottom-end" shadow="lg" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconAdjustmentsHorizontal size={16} />} ml="auto">
          {t('devices.columns')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Checkbox.Group
          aria-label={t('devices.columns')}
          value={[...columns]}
          onChange={(values) => onColumns(allColumns.filter((one) => one === 'name' || values.includes(one)))}
        >
          <div className={css['columnChoices']}>
            {allColumns.map((column) => (
              <Checkbox
                key={column}
                size="xs"
                value={column}
                disabled={column === 'name'}
                label={t(`devices.column_${column}`)}
              />
            ))}
          </div>
        </Checkbox.Group>
      </Popover.Dropdown>
    </Popover>
  )
}

/** Where there are no heads of columns to sort by. */
function SortMenu({ view, onView }: Pick<Props, 'view' | 'onView'>) {
  const { t } = useTranslation()
  const orders: readonly Column[] = ['name', 'state', 'health', 'site', 'model', 'address', 'since']
  return (
    <Select
      className={css['order'] ?? ''}
      aria-label={t('devices.order')}
      allowDeselect={false}
      data={orders.map((column) => ({ value: column, label: t(`devices.column_${column}`) }))}
      value={view.by}
      onChange={(value) => onView({ by: orders.find((one) => one === value) ?? 'name', isDescending: false })}
    />
  )
}

// SPDX-License-Identifier: Apache-2.0
/** One section of a device's settings: what it is, what it may be; after a change, what the device made of it. */
import { Button, NumberInput, Select, Switch, TextInput } from '@mantine/core'
import {
  ChangeDeviceSettings,
  type Device,
  type DeviceApplied,
  RefreshDevice,
  type SettingField,
  type SettingSection,
} from '@openhmp/contract'
import { IconAlertTriangleFilled, IconCircleCheckFilled, IconCircleXFilled } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { noteDevice } from '../../api/note-devices.ts'
import { codecName } from '../../part/codec-name.ts'
import { Problem } from '../../part/problem.tsx'
import { en } from '../../text/en.ts'
import { problemText } from '../../text/problem.ts'
import css from './settings.module.css'

type Values = Readonly<Record<string, unknown>>

interface Props {
  device: Device
  section: SettingSection
  mayChange: boolean
  onChanged: () => void
}

/** Names of sections and fields that the page knows; others keep the name that the file of the desired state has for them. */
const useNames = () => {
  const { t } = useTranslation()
  const known = (key: string, otherwise: string) =>
    key in en.settings ? t(`settings.${key as 'section_time'}`) : otherwise
  return {
    section: (key: string) => known(`section_${key.replaceAll('.', '_')}`, key),
    field: (name: string) => known(`field_${name}`, name),
    help: (name: string) => known(`help_${name}`, ''),
  }
}

export function SettingForm({ device, section, mayChange, onChanged }: Props) {
  const { t } = useTranslation()
  const names = useNames()
  // Only what differs from what was read: after a change, what was read back shows through.
  const [values, setValues] = useState<Values>({})
  const [applied, setApplied] = useState<DeviceApplied>()
  const change = useMutation({
    mutationFn: () =>
      call(ChangeDeviceSettings, {
        params: { id: device.id },
        body: { changes: [{ section: section.section, channel: section.channel, fields: { ...values } }] },
      }),
    onSuccess: (answer) => {
      setApplied(answer)
      setValues({})
      onChanged()
      // The list of streams, and the name of a device that dials in, say the same then.
      void call(RefreshDevice, { params: { id: device.id } }).then(noteDevice, () => {})
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  const isTouched = Object.keys(values).length > 0
  const set = (told: Values) => {
    setApplied(undefined)
    const next = { ...values, ...told }
    const isOther = (name: string) => next[name] !== section.fields.find((field) => field.name === name)?.value
    setValues(Object.fromEntries(Object.entries(next).filter(([name]) => isOther(name))))
  }
  return (
    <form className={css['section']} onSubmit={submit} aria-label={names.section(section.section)}>
      <div className={css['sectionHead']}>
        <h4>{names.section(section.section)}</h4>
        {mayChange && isTouched && (
          <span className={css['buttons']}>
            <Button variant="default" size="compact-sm" onClick={() => setValues({})}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" size="compact-sm" loading={change.isPending}>
              {t('settings.apply')}
            </Button>
          </span>
        )}
      </div>
      {section.problem && <SettingNote kind="bad" text={section.problem.text} code={section.problem.code} />}
      <div className={css['fields']}>
        {section.fields.map((field) =>
          section.sizes && field.name === 'height' ? null : section.sizes && field.name === 'width' ? (
            <SizeField
              key="size"
              section={section}
              values={values}
              isFixed={!mayChange}
              onChange={(width, height) => set({ width, height })}
            />
          ) : (
            <Field
              key={field.name}
              field={field}
              label={names.field(field.name)}
              help={names.help(field.name)}
              value={values[field.name] ?? field.value}
              isFixed={!mayChange}
              onChange={(value) => set({ [field.name]: value })}
            />
          ),
        )}
      </div>
      {change.error && <Problem error={change.error} />}
      <div aria-live="polite">
        <Outcome applied={applied} />
      </div>
    </form>
  )
}

interface FieldProps {
  field: SettingField
  label: string
  help: string
  value: unknown
  isFixed: boolean
  onChange: (value: unknown) => void
}

function Field({ field, label, help, value, isFixed, onChange }: FieldProps) {
  const common = { label, description: help || undefined, size: 'sm', disabled: isFixed } as const
  const order = {
    inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description')[],
  }
  if (field.kind === 'other') return <TextInput {...common} {...order} value={JSON.stringify(value)} disabled />
  if (field.kind === 'truth')
    return (
      <Switch
        {...common}
        className={css['switch'] ?? ''}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    )
  if (field.values) {
    const isNumber = field.kind === 'number'
    const options = [...new Set([...field.values, value as string | number])]
    if (isNumber) options.sort((a, b) => Number(a) - Number(b))
    const nameOf = (option: string | number) => (/codec/i.test(field.name) ? codecName(String(option)) : String(option))
    return (
      <Select
        {...common}
        {...order}
        data={options.map((option) => ({ value: String(option), label: nameOf(option) }))}
        allowDeselect={false}
        value={String(value)}
        onChange={(text) => text !== null && onChange(isNumber ? Number(text) : text)}
      />
    )
  }
  if (field.kind === 'number')
    return (
      <NumberInput
        {...common}
        {...order}
        {...(field.min === null ? {} : { min: field.min })}
        {...(field.max === null ? {} : { max: field.max })}
        clampBehavior="blur"
        value={value as number}
        onChange={(told) => typeof told === 'number' && onChange(told)}
      />
    )
  return (
    <TextInput
      {...common}
      {...order}
      spellCheck={false}
      value={String(value ?? '')}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

/** Width and height belong together: the device has a list of pairs. */
function SizeField(props: {
  section: SettingSection
  values: Values
  isFixed: boolean
  onChange: (width: number, height: number) => void
}) {
  const { t } = useTranslation()
  const { section, values, isFixed, onChange } = props
  const now = (name: string) => Number(values[name] ?? section.fields.find((field) => field.name === name)?.value)
  const name = (width: number, height: number) => `${width} × ${height}`
  const own = { width: now('width'), height: now('height') }
  const sizes = [...(section.sizes ?? [])]
  if (!sizes.some(({ width, height }) => width === own.width && height === own.height)) sizes.push(own)
  sizes.sort((a, b) => b.width * b.height - a.width * a.height)
  return (
    <Select
      size="sm"
      label={t('settings.field_size')}
      data={[...new Set(sizes.map(({ width, height }) => name(width, height)))]}
      allowDeselect={false}
      disabled={isFixed}
      value={name(own.width, own.height)}
      onChange={(text) => {
        const size = sizes.find(({ width, height }) => name(width, height) === text)
        if (size) onChange(size.width, size.height)
      }}
    />
  )
}

/** What became of the change: done, made something else of, refused. */
function Outcome({ applied }: { applied: DeviceApplied | undefined }) {
  const { t } = useTranslation()
  const names = useNames()
  if (!applied) return null
  const show = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  const { changed, altered, refused } = applied
  return (
    <ul className={css['outcome']}>
      {changed.length > 0 && <SettingNote kind="good" text={t('settings.changed', { count: changed.length })} />}
      {altered.map(({ field, told, is }) => (
        <SettingNote
          key={field}
          kind="warning"
          text={t('settings.altered', { field: names.field(field), told: show(told), is: show(is) })}
        />
      ))}
      {refused.map(({ section, code, text }) => (
        <SettingNote key={`${section} ${text}`} kind="bad" text={text} code={code} />
      ))}
    </ul>
  )
}

const icons = { good: IconCircleCheckFilled, warning: IconAlertTriangleFilled, bad: IconCircleXFilled } as const

function SettingNote({ kind, text, code }: { kind: keyof typeof icons; text: string; code?: string }) {
  const { t, i18n } = useTranslation()
  const Icon = icons[kind]
  const words = code === undefined ? text : problemText(i18n.language, code, text)
  return (
    <li className={css['note']} data-kind={kind}>
      <Icon size={16} aria-hidden="true" />
      <span>{kind === 'bad' ? t('settings.refused', { text: words }) : words}</span>
    </li>
  )
}

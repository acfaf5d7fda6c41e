// SPDX-License-Identifier: Apache-2.0
/** Fields for what people sort devices by; what is there already is offered, so that one place has one name. */
import { Anchor, Autocomplete, TagsInput } from '@mantine/core'
import type { Device } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'

/** Longest, as the contract has it. */
const MAX_LABEL = 80
const MAX_TAG = 40
const MAX_TAGS = 30

const SPLIT = [',', ';', '，'] as const

/** Pasted or typed in one go, several come as one. */
const tagsIn = (texts: readonly string[]): string[] => {
  const tags = texts.flatMap((text) => text.split(/[,;，]/)).map((tag) => tag.trim().slice(0, MAX_TAG))
  return [...new Set(tags)].filter(Boolean)
}

/** The labels that devices have, in order; `null` among them where some have none. */
export const labelsOf = (devices: readonly Device[]) => {
  const sorted = (values: Iterable<string>) => [...new Set(values)].sort((a, b) => a.localeCompare(b))
  const present = (values: readonly (string | null)[]) => sorted(values.filter((value) => value !== null))
  return {
    sites: present(devices.map(({ site }) => site)),
    groups: present(devices.map(({ group }) => group)),
    tags: sorted(devices.flatMap(({ tags }) => tags)),
  }
}

interface LabelProps {
  label: string
  help: string
  /** Offered. */
  known: readonly string[]
  /** What the devices have that this is about. */
  before: readonly string[]
  /** Undefined: not touched. Empty: taken away. */
  value: string | undefined
  onChange: (value: string | undefined) => void
}

export function LabelField({ label, help, known, before, value, onChange }: LabelProps) {
  const { t } = useTranslation()
  const [only, ...others] = before
  const unchanged = others.length > 0 ? t('labels.several', { count: before.length }) : (only ?? t('labels.none'))
  const isTaken = value === ''
  return (
    <Autocomplete
      label={label}
      description={
        <>
          {help}{' '}
          {value === undefined && before.length > 0 && (
            <Anchor component="button" type="button" size="xs" onClick={() => onChange('')}>
              {t('labels.takeAway')}
            </Anchor>
          )}
          {value !== undefined && (
            <Anchor component="button" type="button" size="xs" onClick={() => onChange(undefined)}>
              {t('labels.leave')}
            </Anchor>
          )}
        </>
      }
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      placeholder={isTaken ? t('labels.taken') : unchanged}
      data={[...known]}
      maxLength={MAX_LABEL}
      limit={20}
      comboboxProps={{ shadow: 'lg' }}
      value={value ?? ''}
      onChange={onChange}
    />
  )
}

export function TagsField(props: {
  label: string
  known: readonly string[]
  value: string[]
  onChange: (value: string[]) => void
}) {
  const { t } = useTranslation()
  return (
    <TagsInput
      label={props.label}
      description={t('labels.tagsHelp')}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      data={[...props.known]}
      maxTags={MAX_TAGS}
      limit={20}
      splitChars={[...SPLIT]}
      acceptValueOnBlur
      comboboxProps={{ shadow: 'lg' }}
      value={props.value}
      onChange={(tags) => props.onChange(tagsIn(tags))}
    />
  )
}

// SPDX-License-Identifier: Apache-2.0
/** A rule, new or changed; how often it would have fired stands beside it while it is made. The secret is shown once. */
import {
  Button,
  Checkbox,
  CopyButton,
  Group,
  Modal,
  MultiSelect,
  NumberInput,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { AddRule, ChangeRule, type DeviceId, ReplayRule, type Rule } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { devicesQuery } from '../../api/queries.ts'
import { knownKinds, useKindName } from '../../part/event-kind.tsx'
import { Problem } from '../../part/problem.tsx'
import { useFormat } from '../../part/time.tsx'

const DAYS = 7

interface Props {
  /** Null: a new one. */
  rule: Rule | null
  onClose: () => void
  onSaved: () => void
}

const blank = {
  name: '',
  url: 'https://',
  kinds: [] as string[],
  devices: [] as string[],
  sites: [] as string[],
  hasEnds: false,
  from: '',
  to: '',
  holdDownSeconds: 0,
}

const draftOf = (rule: Rule | null): typeof blank => {
  if (!rule) return blank
  const { name, when, tell, holdDownSeconds } = rule
  const { kinds, devices, sites, moments, window } = when
  const times = { from: window?.from ?? '', to: window?.to ?? '' }
  return { name, url: tell.url, kinds, devices, sites, hasEnds: moments.includes('ended'), ...times, holdDownSeconds }
}

export function RuleForm({ rule, onClose, onSaved }: Props) {
  const { t } = useTranslation()
  const kindName = useKindName()
  const devices = useQuery(devicesQuery).data ?? []
  const [draft, setDraft] = useState(() => draftOf(rule))
  const set = (change: Partial<typeof blank>) => setDraft({ ...draft, ...change })
  const { from, to, holdDownSeconds } = draft
  const when = {
    ...rule?.when,
    kinds: draft.kinds,
    devices: draft.devices as DeviceId[],
    sites: draft.sites,
    moments: draft.hasEnds ? (['began', 'ended'] as const).slice() : (['began'] as const).slice(),
    window: from && to ? { from, to } : undefined,
  }
  const replay = useQuery({
    queryKey: ['replay', when, holdDownSeconds],
    queryFn: ({ signal }) => call(ReplayRule, { signal, body: { when, holdDownSeconds, days: DAYS } }),
    placeholderData: (before) => before,
  })
  const save = useMutation({
    mutationFn: async () => {
      const tell = { kind: 'webhook', url: draft.url } as const
      const body = { name: draft.name, isOn: rule?.isOn ?? true, when, holdDownSeconds, tell }
      if (!rule) return (await call(AddRule, { body })).secret
      await call(ChangeRule, { params: { id: rule.id }, body })
      return undefined
    },
    onSuccess: (secret) => {
      onSaved()
      if (secret === undefined) onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const sites = [...new Set(devices.flatMap(({ site }) => site ?? []))].toSorted()
  if (save.data)
    return (
      <Modal opened onClose={onClose} title={t('rules.secret')}>
        <Secret secret={save.data} onClose={onClose} />
      </Modal>
    )
  return (
    <Modal opened onClose={onClose} title={rule ? t('rules.edit') : t('rules.add')} size="lg">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('rules.name')}
            required
            maxLength={80}
            value={draft.name}
            onChange={({ currentTarget: { value } }) => set({ name: value })}
          />
          <MultiSelect
            label={t('events.kind')}
            placeholder={draft.kinds.length === 0 ? t('events.allKinds') : ''}
            searchable
            data={[...new Set([...knownKinds, ...draft.kinds])].map((kind) => ({ value: kind, label: kindName(kind) }))}
            value={draft.kinds}
            onChange={(kinds) => set({ kinds })}
          />
          <MultiSelect
            label={t('events.device')}
            placeholder={draft.devices.length === 0 ? t('events.allDevices') : ''}
            searchable
            limit={100}
            data={devices.map(({ id, name }) => ({ value: id as string, label: name }))}
            value={draft.devices}
            onChange={(chosen) => set({ devices: chosen })}
          />
          {sites.length > 0 && (
            <MultiSelect
              label={t('events.site')}
              placeholder={draft.sites.length === 0 ? t('events.allSites') : ''}
              data={sites}
              value={draft.sites}
              onChange={(chosen) => set({ sites: chosen })}
            />
          )}
          <Checkbox
            label={t('rules.ends')}
            checked={draft.hasEnds}
            onChange={({ currentTarget: { checked } }) => set({ hasEnds: checked })}
          />
          <Group grow>
            <TextInput
              type="time"
              label={t('rules.from')}
              value={from}
              onChange={({ currentTarget: { value } }) => set({ from: value })}
            />
            <TextInput
              type="time"
              label={t('rules.until')}
              value={to}
              onChange={({ currentTarget: { value } }) => set({ to: value })}
            />
            <NumberInput
              label={t('rules.holdDown')}
              min={0}
              max={86_400}
              value={holdDownSeconds}
              onChange={(value) => set({ holdDownSeconds: Number(value) || 0 })}
            />
          </Group>
          <TextInput
            label={t('rules.url')}
            description={t('rules.urlHelp')}
            type="url"
            required
            maxLength={2000}
            value={draft.url}
            onChange={({ currentTarget: { value } }) => set({ url: value })}
          />
          <Past replay={replay.data} />
          {save.error && <Problem error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function Past({ replay }: { replay: { fired: number; isAll: boolean } | undefined }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (!replay) return null
  const { fired, isAll } = replay
  const said = { count: fired, number: format.number(fired), days: DAYS }
  return (
    <Text size="sm" c="dimmed" role="status">
      {isAll ? t('rules.past', said) : t('rules.pastMore', said)}
    </Text>
  )
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Stack>
      <Text size="sm">{t('rules.secretHelp')}</Text>
      <TextInput readOnly aria-label={t('rules.secret')} value={secret} className="number" />
      <Group justify="flex-end">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? t('rules.copied') : t('rules.copy')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t('common.close')}</Button>
      </Group>
    </Stack>
  )
}

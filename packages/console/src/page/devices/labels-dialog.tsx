// SPDX-License-Identifier: Apache-2.0
/** Site, group and tags of many devices: what is not touched stays as it is at each of them. */
import { Button, Group, Modal, MultiSelect, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type Device, LabelDevices } from '@openhmp/contract'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { devicesQuery, devicesWithStreamsQuery } from '../../api/queries.ts'
import { LabelField, labelsOf, TagsField } from '../../part/label-fields.tsx'
import { Problem } from '../../part/problem.tsx'

interface Props {
  devices: readonly Device[]
  all: readonly Device[]
  onClose: () => void
}

export function LabelsDialog({ devices, all, onClose }: Props) {
  const { t } = useTranslation()
  const known = useMemo(() => labelsOf(all), [all])
  const here = useMemo(() => labelsOf(devices), [devices])
  // Undefined: stays as it is.
  const [site, setSite] = useState<string>()
  const [group, setGroup] = useState<string>()
  const [addTags, setAddTags] = useState<string[]>([])
  const [removeTags, setRemoveTags] = useState<string[]>([])
  const orNull = (text: string) => (text.trim() === '' ? null : text.trim())
  const change = useMutation({
    mutationFn: () =>
      call(LabelDevices, {
        body: {
          devices: devices.map(({ id }) => id),
          ...(site === undefined ? {} : { site: orNull(site) }),
          ...(group === undefined ? {} : { group: orNull(group) }),
          addTags,
          removeTags,
        },
      }),
    onSuccess: ({ changed }) => {
      for (const { queryKey } of [devicesQuery, devicesWithStreamsQuery]) void queries.invalidateQueries({ queryKey })
      notifications.show({ message: t('devices.labelled', { count: changed }) })
      onClose()
    },
  })
  const isTouched = site !== undefined || group !== undefined || addTags.length > 0 || removeTags.length > 0
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  return (
    <Modal opened onClose={onClose} title={t('devices.labelsTitle', { count: devices.length })}>
      <form onSubmit={submit}>
        <Stack>
          <LabelField
            label={t('labels.site')}
            help={t('labels.siteHelp')}
            known={known.sites}
            before={here.sites}
            value={site}
            onChange={setSite}
          />
          <LabelField
            label={t('labels.group')}
            help={t('labels.groupHelp')}
            known={known.groups}
            before={here.groups}
            value={group}
            onChange={setGroup}
          />
          <TagsField label={t('labels.addTags')} known={known.tags} value={addTags} onChange={setAddTags} />
          {here.tags.length > 0 && (
            <MultiSelect
              label={t('labels.removeTags')}
              data={here.tags.filter((tag) => !addTags.includes(tag))}
              value={removeTags}
              onChange={setRemoveTags}
              searchable
              clearable
            />
          )}
          {change.error && <Problem error={change.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" disabled={!isTouched} loading={change.isPending}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** Another name, address, account, site or tags for a device. Only what was changed is sent; a password never comes back to be shown. */
import { Autocomplete, Button, Group, Modal, PasswordInput, Stack, TextInput } from '@mantine/core'
import { ChangeDevice, type Device } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { noteDevice } from '../../api/note-devices.ts'
import { devicesQuery, sessionQuery } from '../../api/queries.ts'
import { labelsOf, TagsField } from '../../part/label-fields.tsx'
import { Problem } from '../../part/problem.tsx'

export function EditDevice({ device, onClose }: { device: Device; onClose: () => void }) {
  const { t } = useTranslation()
  const isAddressed = device.kind !== 'hmp'
  const [values, setValues] = useState({
    name: device.name,
    address: device.address,
    userName: device.userName ?? '',
    password: '',
    site: device.site ?? '',
    group: device.group ?? '',
  })
  const [tags, setTags] = useState<string[]>([...device.tags])
  const all = useQuery(devicesQuery).data
  const mayMove = useQuery(sessionQuery).data?.everywhere.includes('device.configure') ?? false
  const known = useMemo(() => labelsOf(all ?? []), [all])
  const change = useMutation({
    mutationFn: () =>
      call(ChangeDevice, {
        params: { id: device.id },
        body: {
          ...(values.name === device.name ? {} : { name: values.name }),
          ...(values.address === device.address ? {} : { address: values.address }),
          ...(values.userName === (device.userName ?? '') ? {} : { userName: values.userName }),
          ...(values.password === '' ? {} : { password: values.password }),
          ...(values.site === (device.site ?? '') ? {} : { site: values.site.trim() || null }),
          ...(values.group === (device.group ?? '') ? {} : { group: values.group.trim() || null }),
          ...(tags.join('\n') === device.tags.join('\n') ? {} : { tags }),
        },
      }),
    onSuccess: (changed) => {
      noteDevice(changed)
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate()
  }
  const field = (name: keyof typeof values) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setValues({ ...values, [name]: event.currentTarget.value }),
  })
  return (
    <Modal opened onClose={onClose} title={device.name}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('add.name')}
            required
            withAsterisk={false}
            maxLength={80}
            data-autofocus
            {...field('name')}
          />
          {isAddressed && (
            <>
              <TextInput
                label={t('add.address')}
                description={mayMove ? undefined : t('labels.moveNot')}
                disabled={!mayMove}
                required
                withAsterisk={false}
                spellCheck={false}
                {...field('address')}
              />
              <TextInput label={t('add.userName')} autoComplete="off" {...field('userName')} />
              <PasswordInput
                label={t('add.password')}
                description={t('device.passwordKeep')}
                autoComplete="new-password"
                {...field('password')}
              />
            </>
          )}
          <Autocomplete
            label={t('labels.site')}
            description={mayMove ? undefined : t('labels.moveNot')}
            disabled={!mayMove}
            data={known.sites}
            maxLength={80}
            value={values.site}
            onChange={(site) => setValues({ ...values, site })}
          />
          <Autocomplete
            label={t('labels.group')}
            description={t('labels.groupHelp')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            data={known.groups}
            maxLength={80}
            value={values.group}
            onChange={(group) => setValues({ ...values, group })}
          />
          {mayMove && <TagsField label={t('labels.tags')} known={known.tags} value={tags} onChange={setTags} />}
          {change.error && <Problem error={change.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

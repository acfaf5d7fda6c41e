// SPDX-License-Identifier: Apache-2.0
/** Somebody new, or another name, password or rights for somebody. A password goes in and never comes back. */
import { ActionIcon, Button, Group, Input, Modal, PasswordInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { AddPerson, ChangePerson, type Grant, type Person, type Role, type Scope } from '@openhmp/contract'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { reloadPeople } from '../../api/people-queries.ts'
import { devicesQuery } from '../../api/queries.ts'
import { waitingQuery } from '../../api/sign-on-queries.ts'
import { labelsOf } from '../../part/label-fields.tsx'
import { Problem } from '../../part/problem.tsx'
import { useRoleName } from './names.ts'
import css from './people.module.css'

interface Props {
  /** Undefined for somebody new. */
  person: Person | undefined
  roles: readonly Role[]
  onClose: () => void
}

const MIN_PASSWORD = 12
const FIRST: Grant = { role: 'viewer', scope: { kind: 'all' }, hours: [] }

export function PersonForm({ person, roles, onClose }: Props) {
  const { t } = useTranslation()
  const byGroups = useQuery(waitingQuery).data?.byGroups ?? []
  const [name, setName] = useState(person?.name ?? '')
  const [password, setPassword] = useState('')
  const [grants, setGrants] = useState<readonly Grant[]>(person?.grants ?? [FIRST])
  const save = useMutation({
    mutationFn: () => {
      if (!person) return call(AddPerson, { body: { name, password, grants: [...grants] } })
      const body = {
        ...(name === person.name ? {} : { name }),
        ...(password === '' ? {} : { password }),
        grants: [...grants],
      }
      return call(ChangePerson, { params: { id: person.id }, body })
    },
    onSuccess: async () => {
      await reloadPeople()
      onClose()
    },
  })
  const isShort = password.length < MIN_PASSWORD && !(person && password === '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Modal opened onClose={onClose} title={person ? person.name : t('people.add')} size="lg">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('people.name')}
            required
            withAsterisk={false}
            maxLength={80}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {person?.hasPassword !== false && (
            <PasswordInput
              label={t(person ? 'people.newPassword' : 'people.password')}
              description={t(person ? 'people.newPasswordHelp' : 'people.passwordHelp')}
              autoComplete="new-password"
              maxLength={128}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          )}
          {person && byGroups.includes(person.id) && (
            <Text size="sm" c="dimmed">
              {t('people.byGroups')}
            </Text>
          )}
          <Grants grants={grants} roles={roles} onChange={setGrants} />
          {save.error && <Problem error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={name.trim() === '' || isShort}>
              {person ? t('common.save') : t('people.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function Grants(props: {
  grants: readonly Grant[]
  roles: readonly Role[]
  onChange: (grants: readonly Grant[]) => void
}) {
  const { t } = useTranslation()
  const { grants, roles, onChange } = props
  const roleName = useRoleName(roles)
  const places = usePlaces()
  return (
    <Input.Wrapper label={t('people.rights')} labelElement="div">
      {grants.map((grant, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and hold no state of their own
        <div key={i} className={css['grantRow']}>
          <Select
            aria-label={t('people.role')}
            data={roles.map(({ id }) => ({ value: id, label: roleName(id) }))}
            value={grant.role}
            allowDeselect={false}
            onChange={(role) => role && onChange(grants.with(i, { ...grant, role }))}
          />
          <Select
            aria-label={t('people.where')}
            data={places.data}
            value={JSON.stringify(grant.scope)}
            allowDeselect={false}
            searchable
            limit={50}
            onChange={(scope) => scope && onChange(grants.with(i, { ...grant, scope: JSON.parse(scope) as Scope }))}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t('people.takeAway')}
            onClick={() => onChange(grants.toSpliced(i, 1))}
          >
            <IconX size={18} />
          </ActionIcon>
        </div>
      ))}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconPlus size={16} aria-hidden="true" />}
        onClick={() => onChange([...grants, FIRST])}
      >
        {t('people.moreRights')}
      </Button>
    </Input.Wrapper>
  )
}

/** Everywhere, or what the devices are labelled with. */
export const usePlaces = () => {
  const { t } = useTranslation()
  const devices = useQuery(devicesQuery).data
  return useMemo(() => {
    const { sites, tags } = labelsOf(devices ?? [])
    const item = (scope: Scope, label: string) => ({ value: JSON.stringify(scope), label })
    const groups = [
      { group: t('accounts.sites'), items: sites.map((site) => item({ kind: 'site', site }, site)) },
      { group: t('accounts.tags'), items: tags.map((tag) => item({ kind: 'tag', tag }, tag)) },
      {
        group: t('people.cameras'),
        items: (devices ?? [])
          .filter(({ channels }) => channels.length > 1)
          .flatMap(({ id: device, name, channels }) =>
            channels.map(({ id: channel, name: camera }) =>
              item(
                { kind: 'camera', device, channel },
                t('people.cameraOf', { camera: camera || String(channel), device: name }),
              ),
            ),
          ),
      },
      {
        group: t('accounts.devices'),
        items: (devices ?? []).map(({ id, name }) => item({ kind: 'device', device: id }, name)),
      },
    ]
    return { data: [item({ kind: 'all' }, t('people.everywhere')), ...groups.filter(({ items }) => items.length > 0)] }
  }, [devices, t])
}

// SPDX-License-Identifier: Apache-2.0
/** Somebody new, or another name, password or rights for somebody. A password goes in and never comes back. */
import { Button, Group, Modal, MultiSelect, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { AddPerson, ChangePerson, type Grant, type Person, type Role } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { peopleGroupsQuery, reloadPeople } from '../../api/people-queries.ts'
import { waitingQuery } from '../../api/sign-on-queries.ts'
import { Problem } from '../../part/problem.tsx'
import { FIRST, GrantsField } from './grants-field.tsx'

interface Props {
  /** Undefined for somebody new. */
  person: Person | undefined
  roles: readonly Role[]
  onClose: () => void
}

const MIN_PASSWORD = 12

export function PersonForm({ person, roles, onClose }: Props) {
  const { t } = useTranslation()
  const byGroups = useQuery(waitingQuery).data?.byGroups ?? []
  const [name, setName] = useState(person?.name ?? '')
  const [password, setPassword] = useState('')
  const [grants, setGrants] = useState<readonly Grant[]>(person?.grants ?? [FIRST])
  const [groups, setGroups] = useState<readonly string[]>(person?.groups ?? [])
  const allGroups = useQuery(peopleGroupsQuery).data ?? []
  const save = useMutation({
    mutationFn: () => {
      if (!person) return call(AddPerson, { body: { name, password, grants: [...grants], groups: [...groups] } })
      const body = {
        ...(name === person.name ? {} : { name }),
        ...(password === '' ? {} : { password }),
        grants: [...grants],
        groups: [...groups],
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
          <GrantsField grants={grants} roles={roles} onChange={setGrants} />
          {allGroups.length > 0 && (
            <MultiSelect
              label={t('people.inGroups')}
              data={allGroups.map(({ id, name: label }) => ({ value: id, label }))}
              value={[...groups]}
              maxValues={20}
              searchable
              onChange={setGroups}
            />
          )}
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

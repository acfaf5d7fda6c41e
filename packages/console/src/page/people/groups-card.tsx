// SPDX-License-Identifier: Apache-2.0
/** Groups of people: what each gives, who is in it, and a form for another or for a change. */
import { ActionIcon, Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import {
  AddPeopleGroup,
  ChangePeopleGroup,
  type Grant,
  type PeopleGroup,
  type Person,
  RemovePeopleGroup,
  type Role,
} from '@openhmp/contract'
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { peopleGroupsQuery, reloadPeople } from '../../api/people-queries.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import { GrantChip } from './grant-chip.tsx'
import { FIRST, GrantsField } from './grants-field.tsx'
import css from './people.module.css'

export function GroupsCard({ roles, people }: { roles: readonly Role[]; people: readonly Person[] }) {
  const { t } = useTranslation()
  const groups = useQuery(peopleGroupsQuery)
  const [editing, setEditing] = useState<PeopleGroup | 'new'>()
  const remove = useMutation({
    mutationFn: ({ id }: PeopleGroup) => call(RemovePeopleGroup, { params: { id } }),
    onSuccess: reloadPeople,
  })
  return (
    <section className={page['card']} aria-label={t('people.groups')}>
      <div className={page['cardHead']}>
        <h2>{t('people.groups')}</h2>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden="true" />}
          onClick={() => setEditing('new')}
        >
          {t('people.addGroup')}
        </Button>
      </div>
      {[groups, remove].map(({ error }, i) => error && <Problem key={String(i)} error={error} />)}
      <p className={page['dim']}>{t(groups.data?.length === 0 ? 'people.noGroups' : 'people.groupsLead')}</p>
      <ul className={css['groups']}>
        {groups.data?.map((group) => {
          const members = people.filter((person) => person.groups.includes(group.id))
          return (
            <li key={group.id}>
              <div className={css['words']}>
                <div className={css['name']}>
                  <strong>{group.name}</strong>
                  <span className={page['dim']}>
                    {members.map(({ name }) => name).join(', ') || t('people.noMembers')}
                  </span>
                </div>
                <div className={css['grants']}>
                  {group.grants.length === 0 && <span className={page['dim']}>{t('people.noRights')}</span>}
                  {group.grants.map((grant) => (
                    <GrantChip key={JSON.stringify(grant)} grant={grant} roles={roles} />
                  ))}
                </div>
              </div>
              <Group gap={4} wrap="nowrap">
                <ActionIcon
                  variant="default"
                  size="lg"
                  aria-label={t('people.changeGroup', { name: group.name })}
                  onClick={() => setEditing(group)}
                >
                  <IconPencil size={16} />
                </ActionIcon>
                {members.length === 0 && (
                  <ActionIcon
                    variant="default"
                    size="lg"
                    aria-label={t('people.removeGroup', { name: group.name })}
                    loading={remove.isPending}
                    onClick={() => remove.mutate(group)}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                )}
              </Group>
            </li>
          )
        })}
      </ul>
      {editing && (
        <GroupForm
          group={editing === 'new' ? undefined : editing}
          roles={roles}
          onClose={() => setEditing(undefined)}
        />
      )}
    </section>
  )
}

function GroupForm(props: { group: PeopleGroup | undefined; roles: readonly Role[]; onClose: () => void }) {
  const { t } = useTranslation()
  const { group, roles, onClose } = props
  const [name, setName] = useState(group?.name ?? '')
  const [grants, setGrants] = useState<readonly Grant[]>(group?.grants ?? [FIRST])
  const save = useMutation({
    mutationFn: () => {
      const body = { name, grants: [...grants] }
      return group ? call(ChangePeopleGroup, { params: { id: group.id }, body }) : call(AddPeopleGroup, { body })
    },
    onSuccess: async () => {
      await reloadPeople()
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const title = group ? t('people.changeGroup', { name: group.name }) : t('people.addGroup')
  return (
    <Modal opened onClose={onClose} title={title} size="lg">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('people.name')}
            required
            withAsterisk={false}
            maxLength={60}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <GrantsField grants={grants} roles={roles} onChange={setGrants} />
          {save.error && <Problem error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>
              {group ? t('common.save') : t('people.addGroup')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

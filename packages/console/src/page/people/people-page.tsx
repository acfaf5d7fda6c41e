// SPDX-License-Identifier: Apache-2.0
/** Who may sign in, what each may do where, and what roles are made of. */
import { Badge, Button, Menu } from '@mantine/core'
import { ChangePerson, type Person, RemovePerson, ResetFactors, type Role } from '@openhmp/contract'
import {
  IconDots,
  IconFingerprintOff,
  IconPencil,
  IconTrash,
  IconUserCheck,
  IconUserOff,
  IconUserPlus,
  IconUsersGroup,
} from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { peopleGroupsQuery, peopleQuery, reloadPeople, rolesQuery } from '../../api/people-queries.ts'
import { sessionQuery } from '../../api/queries.ts'
import { LinkButton } from '../../part/link-button.tsx'
import page from '../../part/page.module.css'
import { PageHeader } from '../../part/page-header.tsx'
import { Problem } from '../../part/problem.tsx'
import { WaitingCard } from '../sign-on/waiting-card.tsx'
import { GrantChip } from './grant-chip.tsx'
import { GroupsCard } from './groups-card.tsx'
import css from './people.module.css'
import { PersonForm } from './person-form.tsx'
import { RoleMatrix } from './role-matrix.tsx'

export function PeoplePage() {
  const { t } = useTranslation()
  const people = useQuery(peopleQuery)
  const roles = useQuery(rolesQuery)
  const [isAdding, setAdding] = useState(false)
  const [editing, setEditing] = useState<Person>()
  const change = useMutation({
    mutationFn: ({ id, isDisabled }: Person) =>
      call(ChangePerson, { params: { id }, body: { isDisabled: !isDisabled } }),
    onSuccess: reloadPeople,
  })
  const reset = useMutation({
    mutationFn: ({ id }: Person) => call(ResetFactors, { params: { id } }),
    onSuccess: reloadPeople,
  })
  const remove = useMutation({
    mutationFn: ({ id }: Person) => call(RemovePerson, { params: { id } }),
    onSuccess: reloadPeople,
  })
  return (
    <div className={page['page']}>
      <PageHeader title={t('people.title')} lead={t('people.lead')}>
        <LinkButton to="/people/sign-on" variant="default">
          {t('signOn.title')}
        </LinkButton>
        <Button leftSection={<IconUserPlus size={16} aria-hidden="true" />} onClick={() => setAdding(true)}>
          {t('people.add')}
        </Button>
      </PageHeader>
      {[people, roles, change, reset, remove].map(({ error }, i) => error && <Problem key={String(i)} error={error} />)}
      {roles.data && <WaitingCard roles={roles.data} />}
      <ul className={css['people']}>
        {people.data?.map((person) => (
          <li key={person.id} data-disabled={person.isDisabled}>
            <Row person={person} roles={roles.data ?? []} />
            <Deeds
              person={person}
              onEdit={() => setEditing(person)}
              onToggle={() => change.mutate(person)}
              onReset={() => reset.mutate(person)}
              onRemove={() => remove.mutate(person)}
            />
          </li>
        ))}
      </ul>
      {roles.data && <GroupsCard roles={roles.data} people={people.data ?? []} />}
      {roles.data && <RoleMatrix roles={roles.data} />}
      {(isAdding || editing) && (
        <PersonForm
          key={editing?.id ?? ''}
          person={editing}
          roles={roles.data ?? []}
          onClose={() => {
            setAdding(false)
            setEditing(undefined)
          }}
        />
      )}
    </div>
  )
}

function Row({ person, roles }: { person: Person; roles: readonly Role[] }) {
  const { t } = useTranslation()
  const me = useQuery(sessionQuery).data?.name
  const { name, isDisabled, hasPassword, hasSecondProof, sessions, grants } = person
  const groups = (useQuery(peopleGroupsQuery).data ?? []).filter(({ id }) => person.groups.includes(id))
  return (
    <div className={css['words']}>
      <div className={css['name']}>
        <strong>{name}</strong>
        {name === me && <span className={page['dim']}>{t('people.you')}</span>}
        {isDisabled && (
          <Badge color="gray" variant="light">
            {t('people.disabled')}
          </Badge>
        )}
        {hasSecondProof && (
          <Badge color="teal" variant="light">
            {t('people.secondProof')}
          </Badge>
        )}
        {!hasPassword && <span className={page['dim']}>{t('people.elsewhere')}</span>}
        {sessions > 0 && <span className={page['dim']}>{t('people.sessions', { count: sessions })}</span>}
      </div>
      <div className={css['grants']}>
        {grants.length + groups.length === 0 && <span className={page['dim']}>{t('people.noRights')}</span>}
        {grants.map((grant) => (
          <GrantChip key={JSON.stringify(grant)} grant={grant} roles={roles} />
        ))}
        {groups.map((group) => (
          <span key={group.id} className={css['grant']} data-group>
            <IconUsersGroup size={14} aria-hidden="true" /> {group.name}
          </span>
        ))}
      </div>
    </div>
  )
}

function Deeds(props: {
  person: Person
  onEdit: () => void
  onToggle: () => void
  onReset: () => void
  onRemove: () => void
}) {
  const { t } = useTranslation()
  const { person, onEdit, onToggle, onReset, onRemove } = props
  const [isSure, setSure] = useState(false)
  return (
    <Menu position="bottom-end" onClose={() => setSure(false)}>
      <Menu.Target>
        <Button variant="default" px="xs" aria-label={t('people.deeds', { name: person.name })}>
          <IconDots size={18} aria-hidden="true" />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden="true" />} onClick={onEdit}>
          {t('people.edit')}
        </Menu.Item>
        {person.hasSecondProof && (
          <Menu.Item leftSection={<IconFingerprintOff size={16} aria-hidden="true" />} onClick={onReset}>
            {t('people.resetProof')}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={
            person.isDisabled ? (
              <IconUserCheck size={16} aria-hidden="true" />
            ) : (
              <IconUserOff size={16} aria-hidden="true" />
            )
          }
          onClick={onToggle}
        >
          {t(person.isDisabled ? 'people.enable' : 'people.disable')}
        </Menu.Item>
        <Menu.Item
          color="red"
          leftSection={<IconTrash size={16} aria-hidden="true" />}
          closeMenuOnClick={isSure}
          onClick={() => (isSure ? onRemove() : setSure(true))}
        >
          {t(isSure ? 'people.removeSure' : 'people.remove', { name: person.name })}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** Who has shown elsewhere who they are and waits to be let in. Nothing is shown while nobody does. */
import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { LetIn, type Role, type Scope, type Waiting } from '@openhmp/contract'
import { IconUserCheck } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { peopleQuery, reloadPeople } from '../../api/people-queries.ts'
import { reloadSignOn, waitingQuery } from '../../api/sign-on-queries.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import { usePlaces } from '../people/grants-field.tsx'
import { useRoleName } from '../people/names.ts'
import people from '../people/people.module.css'
import css from './sign-on.module.css'

export function WaitingCard({ roles }: { roles: readonly Role[] }) {
  const { t } = useTranslation()
  const waiting = useQuery(waitingQuery)
  const [chosen, setChosen] = useState<Waiting>()
  if (waiting.error) return <Problem error={waiting.error} />
  const all = waiting.data?.waiting ?? []
  if (all.length === 0) return null
  return (
    <section aria-label={t('signOn.waiting')}>
      <ul className={people['people']}>
        {all.map((one) => (
          <li key={one.id}>
            <div className={people['words']}>
              <div className={people['name']}>
                <strong>{one.name}</strong>
                <span className={page['dim']}>{t('signOn.waits')}</span>
              </div>
              <Text size="xs" className={css['address']!} c="dimmed">
                {one.subject}
                {one.groups.length > 0 && ` · ${one.groups.join(', ')}`}
              </Text>
            </div>
            <Button
              variant="default"
              leftSection={<IconUserCheck size={16} aria-hidden="true" />}
              onClick={() => setChosen(one)}
            >
              {t('signOn.letIn')}
            </Button>
          </li>
        ))}
      </ul>
      {chosen && <LetInForm waiting={chosen} roles={roles} onClose={() => setChosen(undefined)} />}
    </section>
  )
}

function LetInForm({ waiting, roles, onClose }: { waiting: Waiting; roles: readonly Role[]; onClose: () => void }) {
  const { t } = useTranslation()
  const roleName = useRoleName(roles)
  const places = usePlaces()
  const all = useQuery(peopleQuery).data ?? []
  const withPassword = all.filter(({ hasPassword }) => hasPassword).map(({ id, name }) => ({ value: id, label: name }))
  /** Null: an account of their own. */
  const [person, setPerson] = useState<string | null>(null)
  const [name, setName] = useState(waiting.name)
  const [role, setRole] = useState('viewer')
  const [scope, setScope] = useState<Scope>({ kind: 'all' })
  const letIn = useMutation({
    mutationFn: () => {
      const own = person === null ? { name, grants: [{ role, scope }] } : { person }
      return call(LetIn, { body: { waiting: waiting.id, ...own } })
    },
    onSuccess: async () => {
      await Promise.all([reloadPeople(), reloadSignOn()])
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    letIn.mutate()
  }
  return (
    <Modal opened onClose={onClose} title={t('signOn.letIn')}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm" className={css['address']!} c="dimmed">
            {t('signOn.knownAs', { subject: waiting.subject })}
          </Text>
          <Select
            label={t('signOn.account')}
            data={withPassword}
            value={person}
            placeholder={t('signOn.newAccount')}
            clearable
            searchable
            limit={50}
            description={person === null ? undefined : t('signOn.accountHelp')}
            onChange={setPerson}
          />
          {person === null && (
            <>
              <TextInput
                label={t('people.name')}
                required
                withAsterisk={false}
                maxLength={80}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <Select
                label={t('people.role')}
                data={roles.map(({ id }) => ({ value: id, label: roleName(id) }))}
                value={role}
                allowDeselect={false}
                onChange={(value) => value && setRole(value)}
              />
              <Select
                label={t('people.where')}
                data={places.data}
                value={JSON.stringify(scope)}
                allowDeselect={false}
                searchable
                limit={50}
                onChange={(value) => value && setScope(JSON.parse(value) as Scope)}
              />
            </>
          )}
          {letIn.error && <Problem error={letIn.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={letIn.isPending} disabled={person === null && name.trim() === ''}>
              {t('signOn.letIn')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

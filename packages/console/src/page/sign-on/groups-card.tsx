// SPDX-License-Identifier: Apache-2.0
/** What groups elsewhere may do here, whether they make people, and who may still use a password of this server. */
import { ActionIcon, Button, Select, Switch, Text, TextInput } from '@mantine/core'
import type { GroupGrant, Role, Scope } from '@openhmp/contract'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import page from '../../part/page.module.css'
import { usePlaces } from '../people/grants-field.tsx'
import { useRoleName } from '../people/names.ts'
import type { Draft } from './draft.ts'
import css from './sign-on.module.css'

const FIRST: GroupGrant = { group: '', grant: { role: 'viewer', scope: { kind: 'all' }, hours: [] } }

interface Props {
  draft: Draft
  roles: readonly Role[]
  set: (change: Partial<Draft>) => void
}

export function GroupsCard({ draft: { groups, makesPeople, passwords }, roles, set }: Props) {
  const { t } = useTranslation()
  const put = (i: number, row: GroupGrant) => set({ groups: groups.with(i, row) })
  return (
    <section className={page['card']} aria-label={t('signOn.groups')}>
      <div className={page['cardHead']}>
        <h2>{t('signOn.groups')}</h2>
      </div>
      <div className={css['body']}>
        <Text size="sm" c="dimmed">
          {t('signOn.groupsHelp')}
        </Text>
        {groups.map((row, i) => (
          <GroupRow
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and hold no state of their own
            key={i}
            row={row}
            roles={roles}
            onChange={(changed) => put(i, changed)}
            onRemove={() => set({ groups: groups.toSpliced(i, 1) })}
          />
        ))}
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={16} aria-hidden="true" />}
            onClick={() => set({ groups: [...groups, FIRST] })}
          >
            {t('signOn.addGroup')}
          </Button>
        </div>
        <Switch
          label={t('signOn.makesPeople')}
          description={t('signOn.makesPeopleHelp')}
          checked={makesPeople}
          onChange={() => set({ makesPeople: !makesPeople })}
        />
        <Switch
          label={t('signOn.passwords')}
          description={t('signOn.passwordsHelp')}
          checked={passwords === 'everybody'}
          onChange={() => set({ passwords: passwords === 'everybody' ? 'administrators' : 'everybody' })}
        />
      </div>
    </section>
  )
}

function GroupRow(props: {
  row: GroupGrant
  roles: readonly Role[]
  onChange: (row: GroupGrant) => void
  onRemove: () => void
}) {
  const { t } = useTranslation()
  const { row, roles, onChange, onRemove } = props
  const { group, grant } = row
  const roleName = useRoleName(roles)
  const places = usePlaces()
  return (
    <div className={css['row']}>
      <TextInput
        aria-label={t('signOn.group')}
        placeholder={t('signOn.group')}
        maxLength={256}
        value={group}
        onChange={(event) => onChange({ ...row, group: event.currentTarget.value })}
      />
      <Select
        aria-label={t('people.role')}
        data={roles.map(({ id }) => ({ value: id, label: roleName(id) }))}
        value={grant.role}
        allowDeselect={false}
        onChange={(role) => role && onChange({ ...row, grant: { ...grant, role } })}
      />
      <Select
        aria-label={t('people.where')}
        data={places.data}
        value={JSON.stringify(grant.scope)}
        allowDeselect={false}
        searchable
        limit={50}
        onChange={(scope) => scope && onChange({ ...row, grant: { ...grant, scope: JSON.parse(scope) as Scope } })}
      />
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('people.takeAway')} onClick={onRemove}>
        <IconX size={18} />
      </ActionIcon>
    </div>
  )
}

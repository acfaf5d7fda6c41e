// SPDX-License-Identifier: Apache-2.0
/** Roles as a table: what each allows. Built-in ones are read; one's own are changed by a click. */
import { ActionIcon, Button, Checkbox, TextInput } from '@mantine/core'
import { AddRole, ChangeRole, Permission, RemoveRole, type Role } from '@openhmp/contract'
import { IconCheck, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { reloadPeople } from '../../api/people-queries.ts'
import { sessionQuery } from '../../api/queries.ts'
import page from '../../part/page.module.css'
import { usePermissionName } from '../../part/permission-name.ts'
import { Problem } from '../../part/problem.tsx'
import { useRoleName } from './names.ts'
import css from './people.module.css'

export function RoleMatrix({ roles }: { roles: readonly Role[] }) {
  const { t } = useTranslation()
  const mine = useQuery(sessionQuery).data?.everywhere ?? []
  const permissionName = usePermissionName()
  const roleName = useRoleName(roles)
  const put = useMutation({
    mutationFn: ({ id, name, permissions }: Role) =>
      call(ChangeRole, { params: { id }, body: { name, permissions: [...permissions] } }),
    onSuccess: reloadPeople,
  })
  const remove = useMutation({
    mutationFn: ({ id }: Role) => call(RemoveRole, { params: { id } }),
    onSuccess: reloadPeople,
  })
  const toggle = (role: Role, permission: Permission) =>
    put.mutate({
      ...role,
      permissions: role.permissions.includes(permission)
        ? role.permissions.filter((one) => one !== permission)
        : [...role.permissions, permission],
    })
  return (
    <section className={page['card']} aria-label={t('people.roles')}>
      <div className={page['cardHead']}>
        <h2>{t('people.roles')}</h2>
        <NewRole />
      </div>
      {[put, remove].map(({ error }, i) => error && <Problem key={String(i)} error={error} />)}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section className={page['scroll']} tabIndex={0} aria-label={t('people.rolesTable')}>
        <table className={`${page['table']} ${css['matrix']}`}>
          <thead>
            <tr>
              <th>{t('people.may')}</th>
              {roles.map((role) => (
                <th key={role.id}>
                  {roleName(role.id)}
                  {!role.isBuiltIn && (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size="sm"
                      aria-label={t('people.removeRole', { name: role.name })}
                      onClick={() => remove.mutate(role)}
                    >
                      <IconTrash size={15} />
                    </ActionIcon>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Permission.options.map((permission) => (
              <tr key={permission}>
                <th scope="row" title={permission}>
                  {permissionName(permission)}
                </th>
                {roles.map((role) => (
                  <td key={role.id}>
                    {role.isBuiltIn ? (
                      <Mark isSet={role.permissions.includes(permission)} />
                    ) : (
                      <Checkbox
                        aria-label={`${role.name}: ${permissionName(permission)}`}
                        checked={role.permissions.includes(permission)}
                        disabled={put.isPending || !mine.includes(permission)}
                        onChange={() => toggle(role, permission)}
                      />
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

function Mark({ isSet }: { isSet: boolean }) {
  const { t } = useTranslation()
  return isSet ? (
    <IconCheck size={18} className={css['yes']} role="img" aria-label={t('people.yes')} />
  ) : (
    <span className={page['dim']} role="img" aria-label={t('people.no')}>
      –
    </span>
  )
}

function NewRole() {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const add = useMutation({
    mutationFn: () => call(AddRole, { body: { name, permissions: [] } }),
    onSuccess: async () => {
      setName('')
      await reloadPeople()
    },
  })
  return (
    <form
      className={css['newRole']}
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate()
      }}
    >
      {add.error && <Problem error={add.error} />}
      <TextInput
        size="xs"
        aria-label={t('people.roleName')}
        placeholder={t('people.roleName')}
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" variant="default" loading={add.isPending} disabled={name.trim() === ''}>
        {t('people.addRole')}
      </Button>
    </form>
  )
}

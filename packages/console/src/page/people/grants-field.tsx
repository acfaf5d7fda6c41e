// SPDX-License-Identifier: Apache-2.0
/** Rights as they are edited, of a person or of a group: a role, where, and when. */
import { ActionIcon, Button, Input, Select } from '@mantine/core'
import type { Grant, Role, Scope } from '@openhmp/contract'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { devicesQuery } from '../../api/queries.ts'
import { labelsOf } from '../../part/label-fields.tsx'
import { HoursField } from '../rules/hours-field.tsx'
import { useRoleName } from './names.ts'
import css from './people.module.css'

/** What somebody new is given at first. */
export const FIRST: Grant = { role: 'viewer', scope: { kind: 'all' }, hours: [] }

export function GrantsField(props: {
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
        <div key={i} className={css['grantBlock']}>
          <div className={css['grantRow']}>
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
          <HoursField
            hasZone={false}
            hours={grant.hours}
            onChange={(hours) => onChange(grants.with(i, { ...grant, hours }))}
          />
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

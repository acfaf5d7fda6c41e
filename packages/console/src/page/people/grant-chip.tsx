// SPDX-License-Identifier: Apache-2.0
/** A right in a few words: which role, where, and when. */
import type { Grant, Role } from '@openhmp/contract'
import { useQuery } from '@tanstack/react-query'
import { devicesQuery } from '../../api/queries.ts'
import { useHoursText } from '../rules/sentence.ts'
import { useRoleName, useScopeName } from './names.ts'
import css from './people.module.css'

export function GrantChip({ grant: { role, scope, hours }, roles }: { grant: Grant; roles: readonly Role[] }) {
  const roleName = useRoleName(roles)
  const scopeName = useScopeName(useQuery(devicesQuery).data ?? [])
  const hoursText = useHoursText()
  return (
    <span className={css['grant']} data-everywhere={scope.kind === 'all'}>
      {[roleName(role), scopeName(scope), ...hours.map(hoursText)].join(' · ')}
    </span>
  )
}

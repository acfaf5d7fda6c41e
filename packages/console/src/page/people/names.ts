// SPDX-License-Identifier: Apache-2.0
/** What roles and places are called. */
import type { Device, Role, Scope } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import { en } from '../../text/en.ts'

/** Built-in roles in the reader's language; others as they were named. */
export const useRoleName = (roles: readonly Role[]) => {
  const { t } = useTranslation()
  return (id: string): string => {
    const key = `role_${id}`
    if (key in en.people) return t(`people.${key as 'role_viewer'}`)
    return roles.find((role) => role.id === id)?.name ?? id
  }
}

export const useScopeName = (devices: readonly Device[]) => {
  const { t } = useTranslation()
  return (scope: Scope): string => {
    switch (scope.kind) {
      case 'all':
        return t('people.everywhere')
      case 'site':
        return t('people.atSite', { name: scope.site })
      case 'tag':
        return t('people.byTag', { name: scope.tag })
      case 'device':
        return devices.find(({ id }) => id === scope.device)?.name ?? t('people.goneDevice')
      case 'camera': {
        const device = devices.find(({ id }) => id === scope.device)
        if (!device) return t('people.goneDevice')
        return t('people.cameraOf', {
          camera: device.channels.find(({ id }) => id === scope.channel)?.name || String(scope.channel),
          device: device.name,
        })
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
/** What a permission is called. */
import type { Permission } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import { en } from '../text/en.ts'

export const usePermissionName = () => {
  const { t } = useTranslation()
  return (permission: Permission): string => {
    const key = `may_${permission.replace('.', '_')}`
    return key in en.people ? t(`people.${key as 'may_live_view'}`) : permission
  }
}

// SPDX-License-Identifier: Apache-2.0
import { Center, Loader } from '@mantine/core'
import { useTranslation } from 'react-i18next'

/** Shown when a page takes longer than a moment. */
export function Pending() {
  const { t } = useTranslation()
  return (
    <Center mih="60vh" role="status" aria-label={t('common.loading')}>
      <Loader type="dots" />
    </Center>
  )
}

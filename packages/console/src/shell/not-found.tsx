// SPDX-License-Identifier: Apache-2.0
import { Center } from '@mantine/core'
import { IconMapQuestion } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Empty } from '../part/empty.tsx'
import { LinkButton } from '../part/link-button.tsx'

export function NotFound() {
  const { t } = useTranslation()
  return (
    <Center mih="80vh" component="main">
      <Empty icon={<IconMapQuestion />} title={t('fault.notFound')}>
        <LinkButton to="/" mt="md">
          {t('fault.toWall')}
        </LinkButton>
      </Empty>
    </Center>
  )
}

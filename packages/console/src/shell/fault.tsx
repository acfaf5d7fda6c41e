// SPDX-License-Identifier: Apache-2.0
import { Button, Center, Stack } from '@mantine/core'
import { useRouter } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Logo } from '../part/logo.tsx'
import { Problem } from '../part/problem.tsx'

/** A page that could not be shown: why, and the way on. */
export function Fault({ error, reset }: { error: unknown; reset?: () => void }) {
  const { t } = useTranslation()
  const router = useRouter()
  const again = () => {
    reset?.()
    void router.invalidate()
  }
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack maw={460} w="100%" gap="lg">
        <Logo size={44} />
        <Problem error={error} onRetry={again} />
        <Button variant="subtle" onClick={() => location.reload()}>
          {t('fault.reload')}
        </Button>
      </Stack>
    </Center>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** Proof of who is there, of somebody for whom another vouches: the provider asks anew, and the browser comes back to this page. */
import { Button, Stack, Text } from '@mantine/core'
import { BeginOidc } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../api/call.ts'
import { signOnQuery } from '../api/sign-on-queries.ts'
import { Problem } from '../part/problem.tsx'

export function ProofElsewhere() {
  const { t } = useTranslation()
  const oidc = useQuery(signOnQuery).data?.oidc
  const begin = useMutation({
    mutationFn: () => {
      const { pathname, search } = window.location
      return call(BeginOidc, { body: { to: pathname + search, again: true } })
    },
    onSuccess: ({ url }) => window.location.assign(url),
  })
  if (oidc?.address !== window.location.origin) return <Text size="sm">{t('proof.signInAgain')}</Text>
  return (
    <Stack gap="md">
      <Text size="sm">{t('proof.elsewhere')}</Text>
      {begin.error && <Problem error={begin.error} />}
      <Button loading={begin.isPending || begin.isSuccess} onClick={() => begin.mutate()}>
        {t('signIn.with', { name: oidc.label })}
      </Button>
    </Stack>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** The way in with another's word: on to the provider, and what came of it when the browser is back. */
import { Alert, Button, Divider } from '@mantine/core'
import { BeginOidc, GetSession, type User } from '@openhmp/contract'
import { IconAlertCircle, IconBuildingCommunity } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { canUsePasskeys } from '../../api/passkey.ts'
import { signOnQuery } from '../../api/sign-on-queries.ts'
import { Problem } from '../../part/problem.tsx'
import { en } from '../../text/en.ts'

/** Nothing where no provider is set up. */
export function ProviderButton() {
  const { t } = useTranslation()
  const { to } = useSearch({ from: '/signin' })
  const oidc = useQuery(signOnQuery).data?.oidc
  const begin = useMutation({
    mutationFn: () => call(BeginOidc, { body: to === undefined ? {} : { to } }),
    onSuccess: ({ url }) => window.location.assign(url),
  })
  if (!oidc) return null
  // The provider knows this server by one name, and the cookie that comes back is of the name in the address bar.
  const isElsewhere = oidc.address !== window.location.origin
  const search = to === undefined ? '' : `?to=${encodeURIComponent(to)}`
  const icon = <IconBuildingCommunity size={18} aria-hidden="true" />
  return (
    <>
      {!canUsePasskeys() && <Divider label={t('signIn.or')} />}
      {begin.error && <Problem error={begin.error} title={t('signIn.failed')} />}
      {isElsewhere ? (
        <Button component="a" href={`${oidc.address}/signin${search}`} variant="default" size="md" leftSection={icon}>
          {t('signIn.withElsewhere', { name: oidc.label, host: new URL(oidc.address).host })}
        </Button>
      ) : (
        <Button
          variant="default"
          size="md"
          leftSection={icon}
          loading={begin.isPending || begin.isSuccess}
          onClick={() => begin.mutate()}
        >
          {t('signIn.with', { name: oidc.label })}
        </Button>
      )}
    </>
  )
}

/** What the server has sent the browser back with. The address says a code alone: words in it could be anybody's. */
export function BackFromProvider({ onEnter }: { onEnter: (user: User) => Promise<void> }) {
  const { t } = useTranslation()
  const { problem, entered } = useSearch({ from: '/signin' })
  const { mutate, error } = useMutation({ mutationFn: () => call(GetSession, {}), onSuccess: onEnter })
  useEffect(() => {
    if (entered) mutate()
  }, [entered, mutate])
  if (error) return <Problem error={error} title={t('signIn.failed')} />
  if (problem === undefined) return null
  const key = problem.replace(/\W/g, '_')
  const text = key in en.signOnProblem ? t(`signOnProblem.${key as 'signOn_answer'}`) : t('signOnProblem.signOn_answer')
  return (
    <Alert color="red" variant="light" role="alert" icon={<IconAlertCircle />} title={t('signIn.failed')}>
      {text}
    </Alert>
  )
}

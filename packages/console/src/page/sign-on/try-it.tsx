// SPDX-License-Identifier: Apache-2.0
/** Asks the provider or the directory as the settings would, before they are kept. */
import { Alert, Button } from '@mantine/core'
import { type SignOnWay, type SignOnWish, TrySignOn } from '@openhmp/contract'
import { IconCircleCheck, IconPlugConnected } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ApiProblem, call } from '../../api/call.ts'
import { Problem } from '../../part/problem.tsx'

export function TryIt({ way, wish, isReady }: { way: SignOnWay; wish: () => SignOnWish; isReady: boolean }) {
  const { t } = useTranslation()
  const attempt = useMutation({ mutationFn: () => call(TrySignOn, { body: { way, settings: wish() } }) })
  const { data, error } = attempt
  return (
    <>
      {error && <Problem error={error} />}
      {data && !data.isGood && <Problem error={new ApiProblem(data.code, data.text, 0)} title={t('signOn.bad')} />}
      {data?.isGood && (
        <Alert color="teal" variant="light" role="status" icon={<IconCircleCheck />}>
          {t(`signOn.good_${way}`)}
        </Alert>
      )}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlugConnected size={16} aria-hidden="true" />}
          loading={attempt.isPending}
          disabled={!isReady}
          onClick={() => attempt.mutate()}
        >
          {t('signOn.try')}
        </Button>
      </div>
    </>
  )
}

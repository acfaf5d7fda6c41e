// SPDX-License-Identifier: Apache-2.0
/** Whether this browser is told, also while the page is closed (Push API). Browsers want a certificate that they trust. */
import { Button, Text } from '@mantine/core'
import { AddSubscription, GetPushKey, RemoveSubscription, Subscription } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { Problem } from '../../part/problem.tsx'

const WORKER = '/push-worker.js'

const isPossible = (): boolean => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

const subscriptionNow = async (): Promise<PushSubscription | null> => {
  const worker = await navigator.serviceWorker.getRegistration(WORKER)
  return (await worker?.pushManager.getSubscription()) ?? null
}

/** Asks the person, then the browser's push service, then tells the server. */
const subscribe = async (): Promise<void> => {
  if ((await Notification.requestPermission()) !== 'granted') return
  const { key } = await call(GetPushKey, {})
  await navigator.serviceWorker.register(WORKER)
  const worker = await navigator.serviceWorker.ready
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  await call(AddSubscription, { body: Subscription.parse(made.toJSON()) })
}

const unsubscribe = async (): Promise<void> => {
  const before = await subscriptionNow()
  if (!before) return
  await call(RemoveSubscription, { body: { endpoint: before.endpoint } })
  await before.unsubscribe()
}

export function PushSwitch() {
  const { t } = useTranslation()
  const now = useQuery({
    queryKey: ['push-subscription'],
    queryFn: async () => (await subscriptionNow()) !== null,
    enabled: isPossible(),
  })
  const turn = useMutation({
    mutationFn: () => (now.data ? unsubscribe() : subscribe()),
    onSettled: () => now.refetch(),
  })
  // A certificate that the browser does not trust ends here, too.
  if (!isPossible() || turn.error instanceof DOMException)
    return (
      <Text size="sm" c="dimmed">
        {t('rules.pushImpossible')}
      </Text>
    )
  if (Notification.permission === 'denied')
    return (
      <Text size="sm" c="dimmed">
        {t('rules.pushDenied')}
      </Text>
    )
  return (
    <>
      {now.data && <Text size="sm">{t('rules.subscribed')}</Text>}
      <div>
        <Button size="compact-sm" loading={turn.isPending} onClick={() => turn.mutate()}>
          {t(now.data ? 'rules.unsubscribe' : 'rules.subscribe')}
        </Button>
      </div>
      {turn.error && <Problem error={turn.error} />}
    </>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** The demo site: its state, and starting and stopping it, for whoever may. */
import { notifications } from '@mantine/notifications'
import { type Demo, StartDemo, StopDemo } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../api/call.ts'
import { queries } from '../api/client.ts'
import { demoQuery, devicesQuery, devicesWithStreamsQuery, sessionQuery, systemQuery } from '../api/queries.ts'

const DEMO_CAMERAS = 4

export const useDemo = () => {
  const { t } = useTranslation()
  const system = useQuery(systemQuery).data
  const user = useQuery(sessionQuery).data
  const mayConfigure = user?.everywhere.includes('device.configure') ?? false
  const isOffered = mayConfigure && (system?.canDemo ?? false)
  const demo = useQuery({ ...demoQuery, enabled: isOffered }).data
  const settle = (answer: Demo) => {
    queries.setQueryData(demoQuery.queryKey, answer)
    for (const { queryKey } of [devicesWithStreamsQuery, devicesQuery]) void queries.invalidateQueries({ queryKey })
  }
  const start = useMutation({
    mutationFn: () => call(StartDemo, { body: { cameras: DEMO_CAMERAS } }),
    onSuccess: settle,
  })
  const stop = useMutation({
    mutationFn: () => call(StopDemo, {}),
    onSuccess: (answer) => {
      settle(answer)
      notifications.show({ message: t('demo.stopped') })
    },
  })
  return {
    isOffered,
    mayConfigure,
    demo,
    isRunning: demo?.state === 'running' || demo?.state === 'starting',
    isStarting: start.isPending || demo?.state === 'starting',
    start: () => start.mutate(),
    stop: () => stop.mutate(),
    isStopping: stop.isPending,
    error: start.error,
  }
}

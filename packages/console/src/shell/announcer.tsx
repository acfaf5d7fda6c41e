// SPDX-License-Identifier: Apache-2.0
/** The page's one voice: events as they begin, and pictures that stop or come back. */
import { VisuallyHidden } from '@mantine/core'
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { liveFeed } from '../api/live-feed.ts'
import { announce, announced, watchAnnounced } from '../part/announce.ts'
import { useKindName } from '../part/event-kind.tsx'

export function Announcer() {
  const { t } = useTranslation()
  const kindName = useKindName()
  const text = useSyncExternalStore(watchAnnounced, announced)
  const names = useRef({ t, kindName })
  useEffect(() => {
    names.current = { t, kindName }
  })
  useEffect(
    () =>
      liveFeed.onMessage((message) => {
        if (message.what !== 'event' || message.event.state !== 'active' || message.event.count > 1) return
        const { event } = message
        const kind = names.current.kindName(event.kind)
        announce(names.current.t('events.announce', { kind, name: event.channelName ?? event.deviceName }))
      }),
    [],
  )
  return (
    <VisuallyHidden role="log" aria-live="polite">
      {text}
    </VisuallyHidden>
  )
}

// SPDX-License-Identifier: Apache-2.0
/** Tells people who listen rather than look of events as they begin: one at a time, and not more often than they can follow. */
import { VisuallyHidden } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { liveFeed } from '../api/live-feed.ts'
import { useKindName } from '../part/event-kind.tsx'

const PAUSE_MS = 4000

export function Announcer() {
  const { t } = useTranslation()
  const kindName = useKindName()
  const [text, setText] = useState('')
  const last = useRef(0)
  const names = useRef({ t, kindName })
  useEffect(() => {
    names.current = { t, kindName }
  })
  useEffect(
    () =>
      liveFeed.onMessage((message) => {
        if (message.what !== 'event' || message.event.state !== 'active' || message.event.count > 1) return
        if (Date.now() - last.current < PAUSE_MS) return
        last.current = Date.now()
        const { event } = message
        const kind = names.current.kindName(event.kind)
        setText(names.current.t('events.announce', { kind, name: event.channelName ?? event.deviceName }))
      }),
    [],
  )
  return (
    <VisuallyHidden role="log" aria-live="polite">
      {text}
    </VisuallyHidden>
  )
}

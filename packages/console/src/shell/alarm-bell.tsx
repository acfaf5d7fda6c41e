// SPDX-License-Identifier: Apache-2.0
/** Sounds when an alarm comes up, whatever page is shown. */
import type { Alarm } from '@openhmp/contract'
import { useEffect } from 'react'
import { liveFeed } from '../api/live-feed.ts'
import { alarmSound } from '../part/alarm-sound.ts'

/** Alarms whose sound was made; of more, the oldest is forgotten. */
const MAX_HEARD = 2000
/** An old alarm that is told of again, after this page was opened, is no news. */
const FRESH_MS = 5000

const heard = new Map<string, string>()

/** True once for each time that an alarm comes up. */
const isNews = ({ id, state, since, event }: Alarm): boolean => {
  const known = heard.get(id)
  heard.delete(id)
  heard.set(id, since)
  if (heard.size > MAX_HEARD) heard.delete(heard.keys().next().value!)
  if (state !== 'new' || known === since) return false
  if (known !== undefined || event.source === 'log') return true
  return event.state === 'active' && Date.parse(event.lastSeenAt) - Date.parse(since) < FRESH_MS
}

export function AlarmBell() {
  useEffect(
    () =>
      liveFeed.onMessage((message) => {
        if (message.what === 'alarm' && isNews(message.alarm)) alarmSound.play(message.alarm.severity)
      }),
    [],
  )
  return null
}

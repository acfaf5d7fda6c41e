// SPDX-License-Identifier: Apache-2.0
/** What the page does by itself when the server tells of a change: pictures of a device that came back are asked for at once. */
import { useEffect } from 'react'
import { liveFeed } from '../api/live-feed.ts'
import { liveEngine } from '../live/live-engine.ts'

export function Reactions() {
  useEffect(
    () =>
      liveFeed.onMessage((message) => {
        if (message.what !== 'device') return
        const { state } = message.device.state
        if (state === 'online' || state === 'degraded') liveEngine.nudge(message.device.id)
      }),
    [],
  )
  return null
}

// SPDX-License-Identifier: Apache-2.0
/** Sends what is in the spool over the session that is open: in order, a few at a time, again after "not now". hmp.md §10. */
import type { Clock } from '@openhmp/protocol/base'
import type { HmpSession } from '@openhmp/protocol/session'
import type { SpoolRecord } from './segment.ts'
import type { Spool } from './spool.ts'

/** Events without an answer; hmp.md allows 64, and control messages under way are 32 of all kinds. */
export const MAX_IN_FLIGHT = 16
/** After an answer that means "not now". */
const RETRY_MS = 1000

/** Sends until the signal aborts. */
export const sendEvents = async (
  spool: Spool,
  session: HmpSession,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> => {
  const inFlight = new Set<SpoolRecord>()
  let wake = Promise.withResolvers<void>()
  const nudge = () => wake.resolve()
  let isPaused = false
  spool.onReady = nudge
  signal.addEventListener('abort', nudge, { once: true })

  const send = async (record: SpoolRecord): Promise<void> => {
    const status = await statusOf(record, spool, session, signal)
    if (isRefused(status) || (status >= 200 && status < 300)) await spool.done(record, isRefused(status))
    else isPaused = true
    inFlight.delete(record)
    nudge()
  }

  while (!signal.aborted) {
    wake = Promise.withResolvers()
    if (isPaused && inFlight.size === 0) {
      await clock.sleep(RETRY_MS, { signal }).catch(() => {}) // aborted: the loop ends
      isPaused = false
    }
    if (!isPaused)
      for (const record of await spool.waiting()) {
        if (inFlight.size >= MAX_IN_FLIGHT || signal.aborted) break
        if (inFlight.has(record)) continue
        inFlight.add(record)
        void send(record)
      }
    if (!signal.aborted && (inFlight.size > 0 || !isPaused)) await wake.promise
  }
  if (spool.onReady === nudge) spool.onReady = undefined
}

/** 0 without an answer. */
const statusOf = async (
  { id, device, contentType, body }: SpoolRecord,
  { uuid }: Spool,
  session: HmpSession,
  signal: AbortSignal,
): Promise<number> => {
  const headers: [string, string][] = [
    ['HMP-Spool', uuid],
    ['HMP-Event-Id', String(id)],
    ['Content-Type', contentType],
  ]
  const request = { method: 'POST', target: '/HMP/events', type: 'event' as const, device, headers, body }
  try {
    return (await session.request(request, { signal })).status
  } catch {
    return 0 // it stays, and goes again
  }
}

const isRefused = (status: number): boolean => status >= 400 && status < 500 && ![408, 429, 499].includes(status)

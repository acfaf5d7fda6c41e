// SPDX-License-Identifier: Apache-2.0
/** Whether what the device notices reaches a CMS: its trigger links, and the alert stream with its sign of life. */
import { openAlertStream } from '../alert-stream/open-alert-stream.ts'
import { readUnlinkedEvents } from '../isapi/links.ts'
import { good, wrong } from './finding.ts'
import type { Look } from './patient.ts'
import { failedAs } from './way-in.ts'

/** Cameras give a sign of life every ten seconds. */
const LISTEN_MS = 12_000
/** Events that are not linked to "Notify Surveillance Center" never leave the device. */
export const lookEvents: Look = async ({ isapi, signal }) => {
  try {
    const deaf = await readUnlinkedEvents(isapi, { signal })
    if (deaf.length === 0) return { findings: [good('events', 'the events that matter are linked to the CMS')] }
    const text = `${deaf.join(', ')}: not linked to "Notify Surveillance Center", so the CMS never hears of it`
    const advice = 'link them: hmp device triggers ADDRESS --mend'
    return { findings: [wrong('events', 'warning', { code: 'events.unlinked', text, advice })] }
  } catch (error) {
    return {
      findings: failedAs(signal, error, (_, text) => good('events', `the device does not list its links (${text})`)),
    }
  }
}

/** Opens the alert stream and listens for a sign of life. */
export const lookAlertStream: Look = async ({ isapi, clock, signal }) => {
  const listening = new AbortController()
  const heard = Promise.withResolvers<'open' | Error>()
  const both = AbortSignal.any([signal, listening.signal])
  await using stream = openAlertStream(isapi, {
    clock,
    signal: both,
    onEvent: () => heard.resolve('open'),
    onState: (state) => {
      if (state.kind === 'lost') heard.resolve(state.cause)
    },
  })
  const silent = clock.sleep(LISTEN_MS, { signal: both }).then(
    () => heard.resolve('open'),
    () => heard.resolve('open'), // the walk was stopped: told below
  )
  const beat = async () => {
    while (!both.aborted && stream.stats.heartbeats === 0) await clock.sleep(100, { signal: both })
    heard.resolve('open')
  }
  const beating = beat().catch(() => {}) // as above
  const outcome = await heard.promise
  const { heartbeats, alerts } = stream.stats
  const isOpen = stream.state.kind === 'open'
  listening.abort()
  await Promise.all([silent, beating])
  signal.throwIfAborted()
  if (outcome instanceof Error || !isOpen) {
    const [code, text] =
      outcome instanceof Error
        ? ['alert-stream.lost', outcome.message]
        : ['alert-stream.silent', 'the alert stream does not open']
    return {
      findings: [
        wrong('alert-stream', 'bad', {
          code,
          text,
          advice: 'another client may hold it: devices have one or a few; close the other, or restart the device',
        }),
      ],
    }
  }
  if (heartbeats + alerts > 0) return { findings: [good('alert-stream', 'is open and alive')] }
  const text = `is open and said nothing for ${LISTEN_MS / 1000} s`
  return {
    findings: [
      wrong('alert-stream', 'warning', {
        code: 'alert-stream.no-heartbeat',
        text,
        advice: 'normal for some recorders; on a camera, raise an event and see whether it comes',
      }),
    ],
  }
}

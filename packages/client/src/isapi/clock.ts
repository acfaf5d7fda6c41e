// SPDX-License-Identifier: Apache-2.0
/** A device's clock, set by hand: for networks without a time server. */
import { type Clock, PeerError } from '@openhmp/protocol/base'
import { readTime } from '@openhmp/protocol/isapi'
import { copyOf, element, find, formatXml, setText } from '@openhmp/protocol/xml'
import { readClock } from './health.ts'
import type { IsapiDoor } from './resource.ts'

interface Asking {
  readonly clock: Clock
  readonly signal: AbortSignal
}

const PATH = '/ISAPI/System/time'
/** Nearer than any two zones are to each other: what is further off was set by another offset than the device has now. */
const MAX_OFF_MS = 5 * 60_000

/**
 * Sets the clock to ours and takes it off NTP; gives how far it is off afterwards, in milliseconds. A device whose wrong
 * clock stood on the other side of a change of daylight saving told an offset that is not that of today: it is set once
 * more. Rejects with `PeerError` `isapi.*` when the device refuses, `setting.zone` when it does not say how far its time is
 * ahead of UTC.
 */
export const setDeviceClock = async (door: IsapiDoor, asking: Asking): Promise<number | undefined> => {
  await tellTime(door, asking)
  const { offsetMs } = await readClock(door, asking)
  if (offsetMs === undefined || Math.abs(offsetMs) < MAX_OFF_MS) return offsetMs
  await tellTime(door, asking)
  return (await readClock(door, asking)).offsetMs
}

/** By the offset that the device tells with its time of now. */
const tellTime = async (door: IsapiDoor, { clock, signal }: Asking): Promise<void> => {
  const document = copyOf(await door.getXml(PATH, { signal }))
  const { localTime } = readTime(document)
  const [, sign, hours, minutes] = /([+-])(\d{1,2}):?(\d{2})$/.exec(localTime ?? '') ?? []
  if (sign === undefined && !localTime?.endsWith('Z'))
    throw new PeerError('setting.zone', `${door.name} does not say how far its time is ahead of UTC`, {
      retry: 'never',
    })
  const ahead = (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0))
  const wall = new Date(clock.now() + ahead * 60_000).toISOString().slice(0, 19)
  const offset = sign === undefined ? 'Z' : `${sign}${hours!.padStart(2, '0')}:${minutes}`
  setText(document, 'timeMode', 'manual')
  if (find(document, 'localTime')) setText(document, 'localTime', `${wall}${offset}`)
  else document.children = [...document.children, element('localTime', `${wall}${offset}`)]
  await door.putXml(PATH, formatXml(document), { signal })
}

// SPDX-License-Identifier: Apache-2.0
/** How each camera of a plan stands: what its device is like, what goes on there, and which alarm nobody has seen yet. */
import type { Alarm, Event, Severity } from '@openhmp/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { alarmsQuery } from '../../api/alarm-queries.ts'
import { devicesWithStreamsQuery, eventsQuery } from '../../api/queries.ts'
import { type Camera, camerasOf, keyOf } from '../../part/cameras.ts'

export interface Standing {
  readonly camera: Camera
  /** The newest thing that goes on there now. */
  readonly active: Event | undefined
  /** The gravest alarm that nobody has acknowledged. */
  readonly severity: Severity | undefined
}

const GRAVITY: readonly Severity[] = ['critical', 'high', 'low']

/** Of what a device reports of itself, without a channel, its first camera tells. */
const keyOfEvent = ({ device, channel }: Event): string => keyOf(device, channel ?? 1)

export const standingsOf = (
  cameras: readonly Camera[],
  events: readonly Event[],
  alarms: readonly Alarm[],
): ReadonlyMap<string, Standing> => {
  const active = new Map<string, Event>()
  for (const event of events) {
    const key = keyOfEvent(event)
    if (event.state === 'active' && (active.get(key)?.time ?? '') < event.time) active.set(key, event)
  }
  const gravest = new Map<string, Severity>()
  for (const { event, state, severity } of alarms) {
    const key = keyOfEvent(event)
    const before = gravest.get(key)
    if (state === 'new' && (before === undefined || GRAVITY.indexOf(severity) < GRAVITY.indexOf(before)))
      gravest.set(key, severity)
  }
  return new Map(
    cameras.map((camera) => [
      camera.key,
      { camera, active: active.get(camera.key), severity: gravest.get(camera.key) },
    ]),
  )
}

const NONE: readonly never[] = []

/** All cameras by their keys; undefined until the devices are known. */
export const useStandings = (): ReadonlyMap<string, Standing> | undefined => {
  const devices = useQuery(devicesWithStreamsQuery).data
  const pages = useInfiniteQuery(eventsQuery({ state: 'active' })).data?.pages
  const alarms = useQuery(alarmsQuery({ isClosed: false, severity: undefined })).data?.alarms ?? NONE
  return useMemo(
    () => devices && standingsOf(camerasOf(devices), pages?.flatMap(({ events }) => events) ?? NONE, alarms),
    [devices, pages, alarms],
  )
}

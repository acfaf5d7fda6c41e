// SPDX-License-Identifier: Apache-2.0
/** Whether a rule means an event: what it is about, and when. Pure. */
import type { Event, When } from '@openhmp/contract'
import { isWithinHours } from './hours.ts'

/** What an event does not say of its device. */
export interface Place {
  readonly site: string | null
  readonly tags: readonly string[]
}

/** What of an event a rule looks at. */
export type Seen = Pick<Event, 'kind' | 'device' | 'channel' | 'detail'>

/** True when all that is named of kind, place and content fits. */
export const isAbout = (when: When, { kind, device, channel, detail }: Seen, { site, tags }: Place): boolean =>
  (when.kinds.length === 0 || when.kinds.includes(kind)) &&
  isOfCameras(when, device, channel) &&
  (when.sites.length === 0 || (site !== null && when.sites.includes(site))) &&
  when.tags.every((tag) => tags.includes(tag)) &&
  (when.regions.length === 0 || (detail?.region != null && when.regions.includes(detail.region))) &&
  (when.targets.length === 0 ||
    (detail?.targets.some(({ type }) => type !== null && when.targets.includes(type)) ?? false))

const isOfCameras = ({ devices, cameras }: When, device: Event['device'], channel: number | null): boolean =>
  (devices.length === 0 && cameras.length === 0) ||
  devices.includes(device) ||
  cameras.some((camera) => camera.device === device && camera.channel === channel)

/** True within its hours, and while the site is as it wants; undefined: nobody knows whether it is armed. */
export const isNow = ({ hours, arming }: When, isArmed: boolean | undefined, atMs: number): boolean =>
  isWithinHours(hours, atMs) && (arming === null || isArmed === undefined || isArmed === (arming === 'armed'))

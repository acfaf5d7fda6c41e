// SPDX-License-Identifier: Apache-2.0
/** What is behind a site's agent: devices that it has accounts for, and what it found on its networks. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { route } from './route.ts'

/** A device of an agent. */
export const BehindDevice = z
  .object({
    /** `agent/device`: what it is added with. */
    identity: z.string(),
    name: z.string(),
    model: z.string(),
    state: z.enum(['online', 'offline', 'refused']),
    /** Why it is not online, in the agent's words. */
    cause: z.object({ code: z.string(), text: z.string() }).nullable(),
    /** Null: it was not added here. */
    device: DeviceId.nullable(),
  })
  .meta({ id: 'BehindDevice' })
export type BehindDevice = z.output<typeof BehindDevice>

/** Something on the networks of a site. It has only said so itself. */
export const FoundBehind = z
  .object({
    address: z.string(),
    httpPort: z.number().int().nullable(),
    model: z.string(),
    serialNumber: z.string(),
    macAddress: z.string(),
    isActivated: z.boolean().nullable(),
  })
  .meta({ id: 'FoundBehind' })

export const ListBehind = route({
  method: 'GET',
  path: '/devices/:id/behind',
  needs: 'device.configure',
  reach: 'objects',
  tag: 'devices',
  summary: 'The devices behind an agent, added here or not, its store of events, and what it found on its networks',
  params: z.object({ id: DeviceId }),
  answer: z.object({
    devices: z.array(BehindDevice),
    /** Events that wait there, were given up for want of room, or were not taken here; null when it does not say. */
    events: z.object({ waiting: z.number().int(), lost: z.number().int(), refused: z.number().int() }).nullable(),
    found: z.array(FoundBehind),
  }),
})

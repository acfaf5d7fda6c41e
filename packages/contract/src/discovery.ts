// SPDX-License-Identifier: Apache-2.0
/** Finding devices on the server's networks, and adding many at once. */
import { z } from 'zod'
import { DeviceId, NewDevice } from './device.ts'
import { route } from './route.ts'

/** A device that answered a search. All of it is what it says of itself. */
export const Found = z
  .object({
    methods: z.array(z.enum(['sadp', 'wsDiscovery', 'range'])),
    address: z.string(),
    kind: z.enum(['hikvision', 'onvif', 'rtsp', 'unknown']),
    httpPort: z.number().int().nullable(),
    httpsPort: z.number().int().nullable(),
    rtspPort: z.number().int().nullable(),
    name: z.string().nullable(),
    model: z.string().nullable(),
    serialNumber: z.string().nullable(),
    macAddress: z.string().nullable(),
    firmwareVersion: z.string().nullable(),
    /** False: it has no password yet. Null: it does not say. */
    isActivated: z.boolean().nullable(),
    /** The device of ours that it is. */
    known: DeviceId.nullable(),
  })
  .meta({ id: 'Found' })
export type Found = z.output<typeof Found>

export const Search = z
  .object({
    state: z.enum(['none', 'running', 'done', 'failed']),
    /** Of the range: addresses that were knocked at, and all. */
    done: z.number().int(),
    total: z.number().int(),
    /** Why it failed. */
    text: z.string().nullable(),
    found: z.array(Found),
  })
  .meta({ id: 'Search' })
export type Search = z.output<typeof Search>

const tag = 'discovery'

export const StartSearch = route({
  method: 'POST',
  path: '/discovery',
  needs: 'device.configure',
  tag,
  summary: 'Search the networks of the server by multicast, and a range of addresses; one search at a time',
  body: z.object({
    range: z.string().max(60).optional().describe('192.168.1.0/24 or 192.168.1.10-50; at most 1024 addresses'),
    ports: z.array(z.number().int().min(1).max(65_535)).min(1).max(4).optional().describe('HTTP ports; 80 when left out'),
    hasMulticast: z.boolean().default(true),
  }),
  answer: Search,
})
export const GetSearch = route({
  method: 'GET',
  path: '/discovery',
  needs: 'device.configure',
  tag,
  summary: 'The search that runs, or the last one, with what it has found',
  answer: Search,
})
export const StopSearch = route({
  method: 'DELETE',
  path: '/discovery',
  needs: 'device.configure',
  tag,
  summary: 'End the search',
  answer: Search,
})

/** Devices that are added with one call. */
export const MAX_ADDED_AT_ONCE = 1000

export const AddDevices = route({
  method: 'POST',
  path: '/devices/batch',
  needs: 'device.configure',
  tag: 'devices',
  summary: 'Add many devices: what became of each, in their order. An account is tried once at each',
  body: z.object({ devices: z.array(NewDevice).min(1).max(MAX_ADDED_AT_ONCE) }),
  answer: z.object({
    outcomes: z.array(
      z.object({
        device: DeviceId.nullable(),
        /** For HMP only, shown once. */
        token: z.string().nullable(),
        /** Why it was not added. */
        problem: z.object({ code: z.string(), text: z.string() }).nullable(),
      }),
    ),
  }),
})

// SPDX-License-Identifier: Apache-2.0
/** Finding devices on the networks of the server, and adding many at once. */
import { z } from 'zod'
import { DeviceId, NewDevice } from './device.ts'
import { ApiError } from './error.ts'
import { route } from './route.ts'

export const DiscoveryMethod = z.enum(['sadp', 'wsDiscovery', 'range'])
export type DiscoveryMethod = z.output<typeof DiscoveryMethod>

/** A device that answered a search. All of it is what it says of itself: nothing is proven. */
export const FoundDevice = z
  .object({
    methods: z.array(DiscoveryMethod),
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
    /** The device of this server that it is. */
    known: DeviceId.nullable(),
  })
  .meta({ id: 'FoundDevice' })
export type FoundDevice = z.output<typeof FoundDevice>

export const DiscoveryState = z
  .object({
    state: z.enum(['idle', 'running', 'done', 'stopped', 'failed']),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    /** Of the range: addresses that were knocked at, and all. */
    progress: z.object({ done: z.number().int(), total: z.number().int() }),
    /** Why it failed. */
    problem: ApiError.nullable(),
    /** Networks of the server that can be searched as a range. */
    ranges: z.array(z.string()),
    found: z.array(FoundDevice),
  })
  .meta({ id: 'DiscoveryState' })
export type DiscoveryState = z.output<typeof DiscoveryState>

const tag = 'discovery'

export const StartDiscovery = route({
  method: 'POST',
  path: '/discovery',
  needs: 'device.configure',
  tag,
  summary: 'Search for devices: by SADP and WS-Discovery on the networks of the server, and in a range of addresses',
  body: z.object({
    methods: z.array(DiscoveryMethod).min(1).max(3),
    range: z.string().max(60).optional().describe('192.168.1.0/24 or 192.168.1.10-50; at most 1024 addresses'),
    ports: z.array(z.number().int().min(1).max(65_535)).min(1).max(8).default([80]).describe('HTTP ports'),
  }),
  answer: DiscoveryState,
})
export const GetDiscovery = route({
  method: 'GET',
  path: '/discovery',
  needs: 'device.configure',
  tag,
  summary: 'The search under way, or the last one, with what it has found',
  answer: DiscoveryState,
})
export const StopDiscovery = route({
  method: 'DELETE',
  path: '/discovery',
  needs: 'device.configure',
  tag,
  summary: 'End the search; what was found stays',
  answer: DiscoveryState,
})

/** Devices that are added with one call. */
export const MAX_BATCH = 1000

export const AddDevices = route({
  method: 'POST',
  path: '/devices/batch',
  needs: 'device.configure',
  tag: 'devices',
  summary:
    'Add many devices: what became of each, in their order. An account that a device refused is not tried there again',
  body: z.object({ devices: z.array(NewDevice).min(1).max(MAX_BATCH) }),
  answer: z.object({
    results: z.array(
      z.object({
        address: z.string(),
        device: DeviceId.nullable(),
        name: z.string().nullable(),
        /** For HMP only, shown once: what the device dials in with. */
        token: z.string().nullable(),
        /** Why it was not added. */
        problem: ApiError.nullable(),
      }),
    ),
  }),
})

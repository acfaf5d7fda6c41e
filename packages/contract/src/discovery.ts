// SPDX-License-Identifier: Apache-2.0
/** Finding devices on the network, adding many of them at once, and giving new ones their first password. */
import { z } from 'zod'
import { DeviceId, NewDevice } from './device.ts'
import { ApiError } from './error.ts'
import { route } from './route.ts'

/** Devices that one request adds. */
const MAX_BATCH = 1000
/** Most devices that get their first password in one request: each costs a key, and some seconds. */
export const MAX_ACTIVATIONS = 100
const MAX_PORTS = 8

export const DiscoveryMethod = z.enum(['sadp', 'wsDiscovery', 'range'])
export type DiscoveryMethod = z.output<typeof DiscoveryMethod>

const Port = z.number().int().min(1).max(65535)

/** A device that answered. Nothing of it is proven: whoever is on the network can say anything. */
export const FoundDevice = z
  .object({
    methods: z.array(DiscoveryMethod),
    address: z.string(),
    kind: z.enum(['hikvision', 'onvif', 'rtsp', 'unknown']),
    httpPort: Port.nullable(),
    httpsPort: Port.nullable(),
    rtspPort: Port.nullable(),
    name: z.string().nullable(),
    model: z.string().nullable(),
    serialNumber: z.string().nullable(),
    /** Lower case, with colons. */
    macAddress: z.string().nullable(),
    firmwareVersion: z.string().nullable(),
    /** False: it has no password yet. Null: it does not say. */
    isActivated: z.boolean().nullable(),
    isDhcp: z.boolean().nullable(),
    mask: z.string().nullable(),
    gateway: z.string().nullable(),
    /** The device of this server that it is, as far as can be told. */
    known: DeviceId.nullable(),
  })
  .meta({ id: 'FoundDevice' })
export type FoundDevice = z.output<typeof FoundDevice>

export const DiscoveryState = z
  .object({
    /** `idle`: there was no search since the server started. */
    state: z.enum(['idle', 'running', 'done', 'stopped', 'failed']),
    methods: z.array(DiscoveryMethod),
    range: z.string().nullable(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    /** Addresses of the range: knocked at, of how many. Both 0 without a range. */
    progress: z.object({ done: z.number().int(), total: z.number().int() }),
    /** Why it failed. */
    problem: ApiError.nullable(),
    found: z.array(FoundDevice),
    /** Private networks that this server is in, as ranges to offer. */
    networks: z.array(z.string()),
  })
  .meta({ id: 'DiscoveryState' })
export type DiscoveryState = z.output<typeof DiscoveryState>

const tag = 'discovery'

export const StartDiscovery = route({
  method: 'POST',
  path: '/discovery',
  needs: 'device.configure',
  tag,
  summary: 'Search for devices: one search at a time, no account is ever sent',
  body: z.object({
    methods: z.array(DiscoveryMethod).min(1).max(3),
    range: z.string().max(64).optional().describe('192.168.1.0/24 or 192.168.1.10-50: private addresses, at most 1024'),
    ports: z.array(Port).min(1).max(MAX_PORTS).default([80]).describe('HTTP ports to knock at'),
  }),
  answer: DiscoveryState,
})
export const GetDiscovery = route({
  method: 'GET',
  path: '/discovery',
  needs: 'device.configure',
  tag,
  summary: 'What the search has found so far',
  answer: DiscoveryState,
})
export const StopDiscovery = route({
  method: 'DELETE',
  path: '/discovery',
  needs: 'device.configure',
  tag,
  summary: 'Stop the search; what was found stays',
  answer: DiscoveryState,
})

/** How one of many went: a device, or why not. In the order of the request. */
const Outcome = z.object({ address: z.string(), device: DeviceId.nullable(), problem: ApiError.nullable() })

export const AddDevices = route({
  method: 'POST',
  path: '/devices/batch',
  needs: 'device.configure',
  tag: 'devices',
  summary: 'Add many devices; each is probed first. An account that a device refused is not tried there again',
  body: z.object({ devices: z.array(NewDevice).min(1).max(MAX_BATCH) }),
  answer: z.object({
    results: z.array(
      Outcome.extend({
        name: z.string().nullable(),
        /** For HMP only, shown once. */
        token: z.string().nullable(),
      }),
    ),
  }),
})

export const ActivateDevices = route({
  method: 'POST',
  path: '/discovery/activate',
  needs: 'device.configure',
  tag,
  summary: 'Give devices that have none their first password; none is sent to a device that has one',
  body: z.object({
    addresses: z
      .array(z.string().min(1).max(255))
      .min(1)
      .max(MAX_ACTIVATIONS)
      .describe('host, host:port or http(s)://host:port'),
    password: z.string().max(128).describe('8 to 16 characters of two kinds at least, without the name admin'),
  }),
  answer: z.object({ results: z.array(z.object({ address: z.string(), problem: ApiError.nullable() })) }),
})

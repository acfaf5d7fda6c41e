// SPDX-License-Identifier: Apache-2.0
/** Devices: added by address and account, as a plain RTSP address, or dialling in over HMP. */
import { z } from 'zod'
import { Health, HealthSummary } from './health.ts'
import { route } from './route.ts'

export const DeviceId = z.uuid().brand<'DeviceId'>()
export type DeviceId = z.output<typeof DeviceId>

export const CodecName = z.enum(['h264', 'h265', 'mjpeg', 'pcma', 'pcmu'])

export const Stream = z
  .object({
    /** `channel * 100 + n` on ISAPI devices; 1 main, 2 sub elsewhere. */
    id: z.number().int(),
    profile: z.enum(['main', 'sub', 'third']),
    /** A codec of ours, or the device's own word for one that is not. */
    codec: z.string().nullable(),
    width: z.number().int().nullable(),
    height: z.number().int().nullable(),
    frameRate: z.number().nullable(),
    bitrateKbps: z.number().nullable(),
    audioCodec: z.string().nullable(),
  })
  .meta({ id: 'Stream' })
export type Stream = z.output<typeof Stream>

export const Channel = z
  .object({
    id: z.number().int().min(1),
    name: z.string(),
    /** An IP camera behind a recorder. */
    isProxied: z.literal(true).optional(),
    streams: z.array(Stream),
  })
  .meta({ id: 'Channel' })
export type Channel = z.output<typeof Channel>

/** What a device says of itself: the same shape that `hmp device info --json` prints. */
export const DeviceInformation = z
  .object({
    model: z.string(),
    serialNumber: z.string(),
    firmwareVersion: z.string(),
    deviceType: z.string(),
    macAddress: z.string(),
    name: z.string(),
    channels: z.array(Channel),
  })
  .meta({ id: 'DeviceInformation' })
export type DeviceInformation = z.output<typeof DeviceInformation>

export const DeviceState = z
  .object({
    state: z.enum([
      'connecting',
      'online',
      'degraded',
      'unreachable',
      'refused',
      'locked',
      'not-activated',
      'restarting',
    ]),
    since: z.iso.datetime(),
    /** Why it is not simply online, when it is not. */
    cause: z.object({ code: z.string(), text: z.string() }).nullable(),
  })
  .meta({ id: 'DeviceState' })
export type DeviceState = z.output<typeof DeviceState>

export const DeviceName = z.string().trim().min(1).max(80)

/** What people sort devices by. */
export const Labels = z.object({
  site: z.string().trim().min(1).max(80).nullable(),
  tags: z.array(z.string().trim().min(1).max(40)).max(30),
  /** Devices of one group are never both taken from the picture by a job: they watch the same place. */
  group: z.string().trim().min(1).max(80).nullable(),
})

export const Device = z
  .object({
    id: DeviceId,
    name: DeviceName,
    kind: z.enum(['isapi', 'rtsp', 'hmp']),
    /** Without credentials. For HMP the identity. */
    address: z.string(),
    userName: z.string().nullable(),
    state: DeviceState,
    model: z.string().nullable(),
    serialNumber: z.string().nullable(),
    firmwareVersion: z.string().nullable(),
    deviceType: z.string().nullable(),
    macAddress: z.string().nullable(),
    channels: z.array(Channel),
    /** Null before the first look, and for plain RTSP devices. */
    health: HealthSummary.nullable(),
    addedAt: z.iso.datetime(),
    isDemo: z.boolean(),
    ...Labels.shape,
  })
  .meta({ id: 'Device' })
export type Device = z.output<typeof Device>

const Account = { userName: z.string().max(64).default('admin'), password: z.string().max(128) }
const name = DeviceName.optional()

/** How a device is to be reached. Passwords go in and never come out. */
export const NewDevice = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('isapi'),
      name,
      address: z.string().min(1).max(255).describe('host, host:port or http(s)://host:port'),
      ...Account,
      rtspPort: z.number().int().min(1).max(65535).optional(),
    }),
    z.object({
      kind: z.literal('rtsp'),
      name,
      address: z.string().min(1).max(2000).describe('rtsp:// or rtsps:// URL without an account'),
      userName: z.string().max(64).optional(),
      password: z.string().max(128).optional(),
      subAddress: z.string().max(2000).optional(),
      transport: z.enum(['tcp', 'udp']).default('tcp'),
    }),
    z.object({
      kind: z.literal('hmp'),
      name,
      identity: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,64}(\/[A-Za-z0-9._-]{1,64})?$/)
        .optional()
        .describe('agent/device for a device behind an agent'),
    }),
  ])
  .meta({ id: 'NewDevice' })
export type NewDevice = z.input<typeof NewDevice>

export const AddedDevice = z
  .object({
    device: Device,
    /** For HMP only, shown once: what the device or agent dials in with; null behind an agent. */ token: z
      .string()
      .nullable(),
  })
  .meta({ id: 'AddedDevice' })

const params = z.object({ id: DeviceId })

export const ListDevices = route({
  method: 'GET',
  path: '/devices',
  needs: 'device.view',
  reach: 'objects',
  tag: 'devices',
  summary: 'All devices with their state',
  query: z.object({
    streams: z.enum(['all', 'none']).default('all').describe('none: channels without their streams, for long lists'),
  }),
  answer: z.object({ devices: z.array(Device) }),
})
export const GetDevice = route({
  method: 'GET',
  path: '/devices/:id',
  needs: 'device.view',
  reach: 'objects',
  tag: 'devices',
  summary: 'One device',
  params,
  answer: Device,
})
export const ProbeDevice = route({
  method: 'POST',
  path: '/devices/probe',
  needs: 'device.configure',
  tag: 'devices',
  summary: 'Try an address and account without adding it',
  body: NewDevice,
  answer: DeviceInformation,
})
export const AddDevice = route({
  method: 'POST',
  path: '/devices',
  needs: 'device.configure',
  tag: 'devices',
  summary: 'Add a device; it is probed first',
  body: NewDevice,
  answer: AddedDevice,
})
export const ChangeDevice = route({
  method: 'PATCH',
  path: '/devices/:id',
  needs: 'device.configure',
  reach: 'objects',
  tag: 'devices',
  summary: 'Change name, address or account',
  params,
  body: z
    .object({
      name: DeviceName,
      address: z.string().min(1).max(2000),
      userName: z.string().max(64),
      password: z.string().max(128),
      ...Labels.shape,
    })
    .partial(),
  answer: Device,
})
export const RemoveDevice = route({
  method: 'DELETE',
  path: '/devices/:id',
  needs: 'device.configure',
  reach: 'objects',
  tag: 'devices',
  summary: 'Remove a device; its events stay',
  params,
})
export const RefreshDevice = route({
  method: 'POST',
  path: '/devices/:id/refresh',
  needs: 'device.configure',
  reach: 'objects',
  tag: 'devices',
  summary: 'Ask the device again for its information and try a login now',
  params,
  answer: Device,
})
export const GetDeviceHealth = route({
  method: 'GET',
  path: '/devices/:id/health',
  needs: 'device.view',
  reach: 'objects',
  tag: 'devices',
  summary: 'How a device was doing at the last look',
  params,
  answer: z.object({ health: Health.nullable() }),
})
export const CheckDeviceHealth = route({
  method: 'POST',
  path: '/devices/:id/health',
  needs: 'device.view',
  reach: 'objects',
  tag: 'devices',
  summary: 'Look now how a device is doing',
  params,
  answer: z.object({ health: Health }),
})

/** Hex, with or without colons. */
const Fingerprint = z.string().regex(/^([0-9A-Fa-f]{2}:?){32}$/, 'a SHA-256 fingerprint: 64 hex digits')

export const DeviceCertificate = z
  .object({
    /** SHA-256 of the certificate that is trusted, 64 hex digits; null before the first contact. */
    pinned: z.string().nullable(),
    /** Of the certificate that the device shows now. */
    shown: z.string(),
    subject: z.string(),
    issuer: z.string(),
    validFrom: z.iso.datetime(),
    validTo: z.iso.datetime(),
  })
  .meta({ id: 'DeviceCertificate' })
export type DeviceCertificate = z.output<typeof DeviceCertificate>

export const GetDeviceCertificate = route({
  method: 'GET',
  path: '/devices/:id/certificate',
  needs: 'device.configure',
  reach: 'objects',
  tag: 'devices',
  summary: 'The certificate that a device shows now, and the one that is trusted; no password is sent',
  params,
  answer: DeviceCertificate,
})
export const AcceptDeviceCertificate = route({
  method: 'POST',
  path: '/devices/:id/certificate',
  needs: 'device.configure',
  reach: 'objects',
  tag: 'devices',
  summary: 'Trust the certificate with this fingerprint from now on, and try the device again',
  params,
  body: z.object({ fingerprint: Fingerprint }),
  answer: Device,
})
export const GetSnapshot = route({
  method: 'GET',
  path: '/devices/:id/channels/:channel/picture',
  needs: 'live.view',
  reach: 'objects',
  tag: 'devices',
  summary: 'A picture of now',
  params: z.object({ id: DeviceId, channel: z.coerce.number().int().min(1) }),
  produces: 'image/jpeg',
})

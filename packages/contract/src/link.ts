// SPDX-License-Identifier: Apache-2.0
/** Links: who dials in over HMP, how they sign in, and how they join (docs/protocol/hmp.md §12). */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { route } from './route.ts'
import { UserName } from './user.ts'

/** How long a join token is good, seconds. */
export const JOIN_TOKEN_S = 15 * 60

export const LinkRole = z.enum(['device', 'agent'])

/** A device or agent that dials in. */
export const Link = z
  .object({
    id: DeviceId,
    identity: z.string(),
    name: z.string(),
    site: z.string().nullable(),
    isOnline: z.boolean(),
    /** Of the session that is open now. */
    since: z.iso.datetime().nullable(),
    role: LinkRole.nullable(),
    software: z.string().nullable(),
    /** `none`: it may not come in, before it has joined again. */
    signsInBy: z.enum(['certificate', 'key', 'none']),
    /** The newest certificate that is good. */
    certificateUntil: z.iso.datetime().nullable(),
    /** Devices behind an agent. */
    devices: z.number().int(),
  })
  .meta({ id: 'Link' })
export type Link = z.output<typeof Link>

/** A join token that may still be used. Its code is shown only once, to who made it. */
export const OpenToken = z
  .object({
    id: z.string(),
    role: LinkRole,
    name: z.string().nullable(),
    site: z.string().nullable(),
    serialNumber: z.string().nullable(),
    by: UserName,
    expiresAt: z.iso.datetime(),
    wrongTries: z.number().int(),
  })
  .meta({ id: 'OpenToken' })
export type OpenToken = z.output<typeof OpenToken>

const tag = 'links'
const Site = z.string().trim().min(1).max(80)

export const ListLinks = route({
  method: 'GET',
  path: '/links',
  needs: 'device.view',
  tag,
  summary: 'Who dials in over HMP, and the join tokens that are open',
  answer: z.object({ links: z.array(Link), tokens: z.array(OpenToken) }),
})
export const MakeJoinToken = route({
  method: 'POST',
  path: '/links/tokens',
  needs: 'device.configure',
  fresh: true,
  tag,
  summary: 'A one-time token for a device or agent to join with, good for 15 minutes',
  body: z.object({
    role: LinkRole.default('device'),
    /** What it will be called; its identity when left out. */
    name: z.string().trim().min(1).max(80).optional(),
    site: Site.optional(),
    /** Only a device that says so may join. */
    serialNumber: z.string().trim().min(1).max(64).optional(),
    /** A link that is there already and is to join again; it keeps its history. */
    device: DeviceId.optional(),
    /** `host:port` under which the device will reach this server; that of this request when left out. */
    address: z
      .string()
      .regex(/^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):\d{1,5}$/)
      .optional(),
  }),
  answer: z.object({ token: z.string(), open: OpenToken }),
})
export const BurnJoinToken = route({
  method: 'DELETE',
  path: '/links/tokens/:id',
  needs: 'device.configure',
  tag,
  summary: 'Take a join token back',
  params: z.object({ id: z.string().regex(/^[\w-]{8}$/) }),
})
export const RevokeLink = route({
  method: 'POST',
  path: '/links/:id/revoke',
  needs: 'device.configure',
  fresh: true,
  tag,
  summary: 'Void all certificates and the key of a link; its session ends at once',
  params: z.object({ id: DeviceId }),
})
export const Enrol = route({
  method: 'POST',
  path: '/enrolment',
  needs: 'public',
  tag,
  summary: 'A device fetches its certificate with a join token: HMP §12.2',
  body: z.object({
    id: z.string().max(64),
    code: z.string().max(64),
    request: z.string().max(4096),
    role: LinkRole,
    serialNumber: z.string().max(64).optional(),
    site: z.string().max(80).optional(),
  }),
  answer: z.object({
    identity: z.string(),
    role: LinkRole,
    certificate: z.string(),
    notAfter: z.number(),
    renewAfter: z.number(),
  }),
})

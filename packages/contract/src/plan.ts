// SPDX-License-Identifier: Apache-2.0
/** Floor plans: a picture of a place, and where its cameras hang on it. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { route } from './route.ts'

/** Cameras on one plan. */
export const MAX_PLACED = 500

/** A camera on a plan. */
export const PlacedCamera = z.object({
  device: DeviceId,
  channel: z.number().int().min(1).max(4096),
  /** From the left, and from the top, in shares of the picture. */
  x: z.number().min(0).max(1),
  y: z.number().min(0).max(1),
  /** Where it looks: degrees, clockwise from the top. */
  direction: z.number().min(0).max(360),
  /** How wide it looks, degrees. */
  angle: z.number().min(5).max(360),
})
export type PlacedCamera = z.output<typeof PlacedCamera>

export const Plan = z
  .object({
    id: z.uuid(),
    name: z.string(),
    site: z.string().nullable(),
    /** Of the picture, in pixels. */
    width: z.number().int(),
    height: z.number().int(),
    cameras: z.array(PlacedCamera),
    /** One more with each change. */
    edition: z.number().int(),
  })
  .meta({ id: 'Plan' })
export type Plan = z.output<typeof Plan>

const Name = z.string().trim().min(1).max(80)
const Site = z.string().trim().min(1).max(80)
const params = z.object({ id: z.uuid() })
const tag = 'plans'

export const ListPlans = route({
  method: 'GET',
  path: '/plans',
  needs: 'device.view',
  reach: 'objects',
  tag,
  summary: 'Floor plans with their cameras, by name',
  answer: z.object({ plans: z.array(Plan) }),
})
export const GetPlanPicture = route({
  method: 'GET',
  path: '/plans/:id/picture',
  needs: 'device.view',
  reach: 'objects',
  tag,
  summary: 'The picture of a plan, PNG or JPEG; it never changes',
  params,
  produces: 'image/*',
})
export const AddPlan = route({
  method: 'POST',
  path: '/plans',
  needs: 'device.configure',
  tag,
  summary: 'Add a plan; the body is its picture, PNG or JPEG',
  query: z.object({ name: Name, site: Site.optional() }),
  takes: 'application/octet-stream',
  answer: Plan,
})
export const ChangePlan = route({
  method: 'PUT',
  path: '/plans/:id',
  needs: 'device.configure',
  tag,
  summary: 'Rename a plan, or place its cameras; `edition` is the one that was changed',
  params,
  body: z.object({
    edition: z.number().int(),
    name: Name,
    site: Site.nullable(),
    cameras: z.array(PlacedCamera).max(MAX_PLACED),
  }),
  answer: Plan,
})
export const RemovePlan = route({
  method: 'DELETE',
  path: '/plans/:id',
  needs: 'device.configure',
  tag,
  summary: 'Remove a plan and its picture',
  params,
})

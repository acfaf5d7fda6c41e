// SPDX-License-Identifier: Apache-2.0
/** Deeds on many devices at once: what is done in a moment is answered, what takes time is a job. */
import { z } from 'zod'
import { DeviceId, Labels } from './device.ts'
import { Job, MAX_JOB_DEVICES, Rollout } from './job.ts'
import { route } from './route.ts'

const devices = z.array(DeviceId).min(1).max(MAX_JOB_DEVICES)
const tags = Labels.shape.tags
const tag = 'devices'

export const LabelDevices = route({
  method: 'POST',
  path: '/devices/labels',
  needs: 'device.configure',
  tag,
  summary: 'Set site, group or tags of many devices; what is left out stays',
  body: z.object({
    devices,
    site: Labels.shape.site.optional(),
    group: Labels.shape.group.optional(),
    addTags: tags.default([]),
    removeTags: tags.default([]),
  }),
  answer: z.object({ changed: z.number().int() }),
})
export const RemoveDevices = route({
  method: 'POST',
  path: '/devices/remove',
  needs: 'device.configure',
  tag,
  summary: 'Remove many devices; their events stay. Those that are gone already are not counted',
  body: z.object({ devices }),
  answer: z.object({ removed: z.number().int() }),
})
export const CheckDevices = route({
  method: 'POST',
  path: '/devices/check',
  needs: 'device.configure',
  tag,
  summary: 'Ask many devices again for what they are and how they are: a job',
  body: z.object({ devices, rollout: Rollout.optional() }),
  answer: Job,
})
export const RebootDevices = route({
  method: 'POST',
  path: '/devices/reboot',
  needs: 'device.reboot',
  tag,
  summary: 'Reboot many devices, wave by wave, and watch for the return of each: a job',
  body: z.object({ devices, rollout: Rollout.optional() }),
  answer: Job,
})

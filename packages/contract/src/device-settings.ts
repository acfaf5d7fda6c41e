// SPDX-License-Identifier: Apache-2.0
/** Settings of one device, read from it when asked: what they are, what it allows, and a change that is read back. */
import { z } from 'zod'
import { DeviceApplied } from './desired.ts'
import { DeviceId } from './device.ts'
import { route } from './route.ts'

export const SettingField = z
  .object({
    name: z.string(),
    /** What the device says; null when it has none. */
    value: z.unknown(),
    kind: z.enum(['text', 'number', 'truth', 'other']),
    /** What the device takes, where it tells, or the values that there are; null when any is. */
    values: z.array(z.union([z.string(), z.number()])).nullable(),
    min: z.number().nullable(),
    max: z.number().nullable(),
  })
  .meta({ id: 'SettingField' })
export type SettingField = z.output<typeof SettingField>

export const SettingSection = z
  .object({
    /** `time`, `stream.main` ... as in a file of the desired state. */
    section: z.string(),
    channel: z.number().int().nullable(),
    fields: z.array(SettingField),
    /** Of a stream: the sizes that the device takes, where it tells. */
    sizes: z.array(z.object({ width: z.number().int(), height: z.number().int() })).nullable(),
    /** Why the device does not tell. */
    problem: z.object({ code: z.string(), text: z.string() }).nullable(),
  })
  .meta({ id: 'SettingSection' })
export type SettingSection = z.output<typeof SettingSection>

const params = z.object({ id: DeviceId })
const tag = 'devices'

export const GetDeviceSettings = route({
  method: 'GET',
  path: '/devices/:id/settings',
  needs: 'device.view',
  reach: 'objects',
  tag,
  summary: 'The settings of a device, read from it now: of the device itself, or of one channel',
  params,
  query: z.object({ channel: z.coerce.number().int().min(1).optional() }),
  answer: z.object({ sections: z.array(SettingSection) }),
})
export const ChangeDeviceSettings = route({
  method: 'PATCH',
  path: '/devices/:id/settings',
  needs: 'device.configure',
  reach: 'objects',
  tag,
  summary: 'Change settings of a device and read them back; what it did otherwise or refused is in the answer',
  params,
  body: z.object({
    changes: z
      .array(
        z.object({
          section: z.string().max(80),
          channel: z.number().int().min(1).nullable(),
          fields: z.record(z.string().max(80), z.unknown()),
        }),
      )
      .min(1)
      .max(100),
  }),
  answer: DeviceApplied,
})

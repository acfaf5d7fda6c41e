// SPDX-License-Identifier: Apache-2.0
/** Names and permissions of people, apart from the routes that carry them. */
import { z } from 'zod'

export const UserName = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[^\p{Cc}\p{Cf}]+$/u, 'no control characters')

export const Permission = z.enum([
  'live.view',
  'live.listen',
  'event.view',
  'event.export',
  'alarm.handle',
  'site.arm',
  'device.view',
  'device.configure',
  'device.reboot',
  'device.firmware',
  'device.account',
  'user.manage',
  'audit.view',
  'system.configure',
])
export type Permission = z.output<typeof Permission>

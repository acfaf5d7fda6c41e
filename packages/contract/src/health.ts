// SPDX-License-Identifier: Apache-2.0
/** How devices are doing beyond being there: clock, disks, event links, password, firmware, certificate. */
import { z } from 'zod'

/** Something that should not be left so. */
export const HealthIssue = z
  .object({
    /** `clock.off`, `storage.fault`, `firmware.cve-2021-36260` ... */
    code: z.string(),
    severity: z.enum(['warning', 'bad']),
    text: z.string(),
  })
  .meta({ id: 'HealthIssue' })
export type HealthIssue = z.output<typeof HealthIssue>

/** In short: what lists show. */
export const HealthSummary = z
  .object({
    checkedAt: z.iso.datetime(),
    uptimeSeconds: z.number().nullable(),
    /** The device's clock minus ours. */
    clockOffsetMs: z.number().nullable(),
    issues: z.array(HealthIssue),
  })
  .meta({ id: 'HealthSummary' })
export type HealthSummary = z.output<typeof HealthSummary>

export const Disk = z
  .object({
    name: z.string(),
    /** The device's own word. */
    state: z.string(),
    isGood: z.boolean(),
    capacityMb: z.number().nullable(),
    freeMb: z.number().nullable(),
  })
  .meta({ id: 'Disk' })

/** All that was learnt; what the device does not tell is null. */
export const Health = HealthSummary.extend({
  clockMode: z.string().nullable(),
  cpuPercent: z.number().nullable(),
  temperatureCelsius: z.number().nullable(),
  disks: z.array(Disk),
  /** Ids of events that never reach a CMS. */
  unlinkedEvents: z.array(z.string()).nullable(),
}).meta({ id: 'Health' })
export type Health = z.output<typeof Health>

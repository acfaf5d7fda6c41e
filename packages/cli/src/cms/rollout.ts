// SPDX-License-Identifier: Apache-2.0
/** How a job goes over its devices, from options. */
import { Rollout } from '@openhmp/contract'
import { UsageError } from '../output/failure.ts'

export interface RolloutOptions {
  /** `1,5%,25%,100%`. */
  readonly waves?: string
  readonly concurrency?: number
  readonly perSite?: number
  readonly perSiteMinute?: number
  readonly maxFailures?: number
  /** `22:00-04:00`. */
  readonly window?: string
}

/** Throws UsageError. */
export function rolloutOf({ waves, window, ...numbers }: RolloutOptions): Rollout {
  const { concurrency, perSite, perSiteMinute, maxFailures } = numbers
  const [from, to] = window?.split('-') ?? []
  const read = Rollout.safeParse({
    ...(waves === undefined
      ? {}
      : { waves: waves.split(',').map((size) => (/^\d+$/.test(size) ? Number(size) : size)) }),
    ...(window === undefined ? {} : { window: { from, to } }),
    ...{ concurrency, perSite, perSiteMinute, maxFailures },
  })
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new UsageError(`--${String(issue?.path[0] ?? 'waves')}: ${issue?.message ?? 'cannot be understood'}`)
}

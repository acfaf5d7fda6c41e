// SPDX-License-Identifier: Apache-2.0
import * as account from './account.ts'
import * as agent from './agent.ts'
import * as alarm from './alarm.ts'
import * as arming from './arming.ts'
import * as audit from './audit.ts'
import * as desired from './desired.ts'
import * as device from './device.ts'
import * as deviceMany from './device-many.ts'
import * as deviceSettings from './device-settings.ts'
import * as discovery from './discovery.ts'
import * as event from './event.ts'
import * as firmware from './firmware.ts'
import * as job from './job.ts'
import * as key from './key.ts'
import * as link from './link.ts'
import * as live from './live.ts'
import * as order from './order.ts'
import * as ownAccount from './own-account.ts'
import * as people from './people.ts'
import * as plan from './plan.ts'
import * as push from './push.ts'
import type { Route } from './route.ts'
import * as rule from './rule.ts'
import * as secondFactor from './second-factor.ts'
import * as signOn from './sign-on.ts'
import * as system from './system.ts'
import * as target from './target.ts'

export * from './account.ts'
export * from './agent.ts'
export * from './alarm.ts'
export * from './arming.ts'
export * from './audit.ts'
export * from './desired.ts'
export * from './device.ts'
export * from './device-many.ts'
export * from './device-settings.ts'
export * from './discovery.ts'
export * from './error.ts'
export * from './event.ts'
export * from './firmware.ts'
export * from './health.ts'
export * from './job.ts'
export * from './key.ts'
export * from './link.ts'
export * from './live.ts'
export * from './order.ts'
export * from './own-account.ts'
export * from './people.ts'
export * from './plan.ts'
export * from './push.ts'
export * from './route.ts'
export * from './rule.ts'
export * from './second-factor.ts'
export * from './sign-on.ts'
export * from './system.ts'
export * from './target.ts'
export * from './user.ts'

const isRoute = (value: unknown): value is Route =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value

/** Every route there is: what the server must mount, the docs print and the audit test walks. */
export const routes: readonly Route[] = [
  system,
  audit,
  ownAccount,
  secondFactor,
  key,
  people,
  signOn,
  device,
  deviceMany,
  deviceSettings,
  order,
  discovery,
  event,
  live,
  agent,
  alarm,
  push,
  rule,
  target,
  arming,
  job,
  desired,
  firmware,
  plan,
  account,
  link,
].flatMap((file) => Object.values(file as Record<string, unknown>).filter(isRoute))

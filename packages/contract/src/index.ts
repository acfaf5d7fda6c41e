// SPDX-License-Identifier: Apache-2.0
import * as device from './device.ts'
import * as event from './event.ts'
import * as order from './order.ts'
import type { Route } from './route.ts'
import * as system from './system.ts'

export * from './device.ts'
export * from './error.ts'
export * from './event.ts'
export * from './health.ts'
export * from './order.ts'
export * from './route.ts'
export * from './system.ts'
export * from './user.ts'

const isRoute = (value: object): value is Route => 'method' in value && 'path' in value

/** Every route there is: what the server must mount, the docs print and the audit test walks. */
export const routes: readonly Route[] = [system, device, order, event].flatMap((file) =>
  Object.values(file as Record<string, object>).filter(isRoute),
)

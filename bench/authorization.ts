// SPDX-License-Identifier: Apache-2.0
/** What one check of rights costs: `node bench/authorization.ts`. Somebody with twenty rights, none of which fits but the last. */
import { Permission } from '../packages/contract/src/index.ts'
import { can, type Loaded, type SignedIn } from '../packages/server/src/access/can.ts'

const CHECKS = 2_000_000
const permissions = new Set(Permission.options)
const rights = Array.from({ length: 20 }, (_, i) => ({ permissions, scope: { kind: 'tag' as const, tag: `tag ${i}` } }))
const user: SignedIn = { id: 'u', name: 'u', rights }

const device: Loaded = { kind: 'device', device: 'd', site: 'North', tags: ['tag 19'] }

let allowed = 0
const begun = performance.now()
for (let i = 0; i < CHECKS; i++) if (can(user, 'live.view', device)) allowed++
const microseconds = ((performance.now() - begun) * 1000) / CHECKS
console.log(`${CHECKS} checks, ${allowed} allowed: ${microseconds.toFixed(3)} µs each`)

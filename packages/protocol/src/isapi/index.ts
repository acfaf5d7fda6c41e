// SPDX-License-Identifier: Apache-2.0
export * from './capabilities.ts'
export * from './device-info.ts'
export * from './event-trigger.ts'
export * from './input-channel.ts'
export * from './namespace.ts'
export * from './response-status.ts'
export * from './streaming-channel.ts'
export * from './system.ts'

// SPDX-License-Identifier: Apache-2.0
export * from './decode.ts'
export * from './encode.ts'
export * from './ntp.ts'
export * from './packet.ts'
export * from './receiver-stats.ts'

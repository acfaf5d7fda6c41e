// SPDX-License-Identifier: Apache-2.0

export * from './codec.ts'
export * from './connect.ts'
export * from './headers.ts'
export * from './json.ts'
export * from './message.ts'
export * from './status.ts'

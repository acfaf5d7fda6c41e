// SPDX-License-Identifier: Apache-2.0
export * from './fields.ts'
export * from './interleaved.ts'
export * from './message.ts'
export * from './server-api.ts'
export * from './server-machine.ts'
export * from './splitter.ts'
export * from './status.ts'
export * from './transport.ts'

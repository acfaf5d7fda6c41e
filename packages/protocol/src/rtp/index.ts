// SPDX-License-Identifier: Apache-2.0
export * from './codec.ts'
export * from './packet.ts'
export * from './reorder-buffer.ts'
export * from './rfc4571.ts'
export * from './unit.ts'
export * from './unit-assembler.ts'

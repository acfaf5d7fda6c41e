// SPDX-License-Identifier: Apache-2.0
export * from './bytes.ts'
export * from './errors.ts'
export * from './frame-queue.ts'
export * from './pending.ts'
export * from './scope.ts'
export * from './time.ts'

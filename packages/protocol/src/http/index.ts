// SPDX-License-Identifier: Apache-2.0
export * from './headers.ts'
export * from './message.ts'

// SPDX-License-Identifier: Apache-2.0
export * from './options.ts'
export * from './session.ts'
export * from './stream.ts'

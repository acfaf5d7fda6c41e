// SPDX-License-Identifier: Apache-2.0
export * from './authorization.ts'
export * from './challenge.ts'
export * from './fields.ts'
export * from './response.ts'
export * from './verifier.ts'

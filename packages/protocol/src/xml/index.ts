// SPDX-License-Identifier: Apache-2.0
export * from './element.ts'
export * from './format.ts'
export * from './parse.ts'

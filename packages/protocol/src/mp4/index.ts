// SPDX-License-Identifier: Apache-2.0
export * from './fragment.ts'
export * from './fragmenter.ts'
export * from './init-segment.ts'
export * from './reader.ts'
export * from './track.ts'

// SPDX-License-Identifier: Apache-2.0
export * from './enrolment.ts'
export * from './fragments.ts'
export * from './goodbye.ts'
export * from './limits.ts'
export * from './packet.ts'
export * from './packet-splitter.ts'
export * from './proof.ts'
export * from './session-message.ts'

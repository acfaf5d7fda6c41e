// SPDX-License-Identifier: Apache-2.0

export type { Role } from '../hmp/session-message.ts'
export { AnswerMemory, MAX_REMEMBERED, REMEMBER_MS } from './answer-memory.ts'
export { MAX_KEY_WAIT_MS, MAX_QUEUED_TRACK_BYTES, MAX_UNIT_WAIT_MS } from './media-out.ts'
export * from './options.ts'
export type { SessionRequest } from './requests.ts'
export * from './session.ts'
export * from './stream.ts'

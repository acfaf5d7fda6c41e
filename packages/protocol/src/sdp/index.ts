// SPDX-License-Identifier: Apache-2.0
export * from './control.ts'
export * from './describe.ts'
export * from './offer.ts'
export * from './parameter-sets.ts'
export * from './sdp.ts'

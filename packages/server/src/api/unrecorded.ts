// SPDX-License-Identifier: Apache-2.0
/** The calls that are no GET and leave no row in the audit, each with its reason. All others do: app.ts sees to it. */

const isAsking = 'asks, and changes nothing'
const isBeginning = 'begins what is on record when it is finished'

/** By method and path: why a call leaves no row. */
export const unrecorded: ReadonlyMap<string, string> = new Map([
  ['POST /desired/check', isAsking],
  ['POST /desired/export', isAsking],
  ['POST /rules/replay', isAsking],
  ['POST /devices/:id/health', isAsking],
  ['POST /account/app', isBeginning],
  ['POST /account/passkeys/challenge', isBeginning],
  ['POST /session/passkey/challenge', isBeginning],
  ['POST /sign-on/oidc', isBeginning],
])

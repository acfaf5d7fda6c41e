// SPDX-License-Identifier: Apache-2.0
/**
 * Whether somebody has signed in here and not out again, as far as this browser remembers. The session itself is a cookie
 * that scripts cannot see; without this note every first visit would begin with a refusal.
 */

const KEY = 'openhmp.signedIn'

export const remembersSession = (): boolean => localStorage.getItem(KEY) !== null

export const rememberSession = (isSignedIn: boolean): void => {
  if (isSignedIn) localStorage.setItem(KEY, '1')
  else localStorage.removeItem(KEY)
}

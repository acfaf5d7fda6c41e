// SPDX-License-Identifier: Apache-2.0
/** What the doctor says. */

/** What is looked at, in this order: from the cable to the picture, then what a camera needs to be of use. */
export const CHECKS = [
  'reachable',
  'tls',
  'isapi',
  'activated',
  'login',
  'rights',
  'password',
  'firmware',
  'clock',
  'streams',
  'rtsp',
  'picture',
  'events',
  'alert-stream',
  'storage',
] as const
export type Check = (typeof CHECKS)[number]

/** One answer. A check may give several: one a channel, one a disk. */
export interface Finding {
  readonly check: Check
  /** `bad`: the device does not work for this reason. `warning`: it works, and should not be left so. `skipped`: not reached. */
  readonly state: 'good' | 'warning' | 'bad' | 'skipped'
  /** What was found, in one sentence. */
  readonly text: string
  /** Stable, for programs; null when all is good. */
  readonly code: string | null
  /** What to do about it; null when all is good. */
  readonly advice: string | null
}

/** All is well with this. */
export const good = (check: Check, text: string): Finding => ({ check, state: 'good', text, code: null, advice: null })

/** Something is wrong, and what to do. */
export const wrong = (
  check: Check,
  state: 'warning' | 'bad',
  { code, text, advice }: { readonly code: string; readonly text: string; readonly advice: string },
): Finding => ({ check, state, text, code, advice })

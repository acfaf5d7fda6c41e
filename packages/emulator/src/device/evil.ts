// SPDX-License-Identifier: Apache-2.0
/** What a hostile device does, by name: for `--fault evil-NAME`, its help and the tests. */

/** Name and what it does, in the words of the help. */
export const EVILS = {
  entities: 'answers with XML whose entities unfold to gigabytes',
  endless: 'answers with a body that never ends',
  header: 'answers with headers that never end',
  length: 'announces ten gigabytes and hangs up',
  redirect: 'sends who asks on to a port of the machine that asks',
  elsewhere: 'sends who asks on to another host',
  basic: 'asks for the password in clear text',
  downgrade: 'asks for a login by SHA-256 once, by MD5 from then on',
  channels: 'says that it has 10,000 channels',
  alerts: 'sends an event that never ends',
  certificate: 'shows another certificate at the second connection',
  names: 'has markup, formulas and control characters for names',
  rtsp: 'answers RTSP with lengths and frames that are not so',
  sdp: 'describes its pictures in a megabyte',
} as const

/** One of them. */
export type EvilName = keyof typeof EVILS

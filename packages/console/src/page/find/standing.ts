// SPDX-License-Identifier: Apache-2.0
/** What a found device is to this server, and what can be done with it from here. */
import type { FoundDevice, NewDevice } from '@openhmp/contract'

/** `other`: it is no device that is added with an address and account alone. */
export type Standing = 'known' | 'new' | 'not-activated' | 'other'

export const standingOf = ({ known, isActivated, kind }: FoundDevice): Standing => {
  if (known !== null) return 'known'
  if (isActivated === false) return 'not-activated'
  return kind === 'hikvision' ? 'new' : 'other'
}

/** Tells found devices apart while more is learnt of them. */
export const keyOf = ({ address, httpPort, httpsPort, rtspPort }: FoundDevice): string =>
  `${address}:${httpPort ?? httpsPort ?? rtspPort ?? ''}`

/** As a person would write it. */
export const addressOf = ({ address, httpPort, httpsPort }: FoundDevice): string => {
  const host = address.includes(':') ? `[${address}]` : address
  if (httpPort === null && httpsPort !== null) return `https://${host}${httpsPort === 443 ? '' : `:${httpsPort}`}`
  return httpPort === null || httpPort === 80 ? host : `${host}:${httpPort}`
}

/** What is asked of the server. */
export const wishFor = (device: FoundDevice, account: { userName: string; password: string }): NewDevice => ({
  kind: 'isapi',
  address: addressOf(device),
  ...account,
  ...(device.rtspPort === null ? {} : { rtspPort: device.rtspPort }),
})

const numeric = new Intl.Collator('en', { numeric: true })

/** New ones first, by address: those are what one is here for. Those `kept` stay among them: they were new a moment ago. */
export const inOrder = (found: readonly FoundDevice[], kept: { has(key: string): boolean }): FoundDevice[] => {
  const ranks: Record<Standing, number> = { new: 0, 'not-activated': 1, other: 2, known: 3 }
  const rank = (device: FoundDevice) => (kept.has(keyOf(device)) ? 0 : ranks[standingOf(device)])
  return found.toSorted((a, b) => rank(a) - rank(b) || numeric.compare(addressOf(a), addressOf(b)))
}

/** HTTP ports of `80, 8080`; undefined when it is no list of ports. */
export const portsOf = (text: string): number[] | undefined => {
  const ports = text
    .split(/[\s,;，]+/)
    .filter(Boolean)
    .map(Number)
  const isGood = ports.every((port) => Number.isInteger(port) && port >= 1 && port <= 65_535)
  return isGood && ports.length >= 1 && ports.length <= 8 ? [...new Set(ports)] : undefined
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Addresses of devices, as people type them. There is one parser for all kinds, and it takes nothing that another parser
 * could read in another way: what is kept is what was written, and what was written is what is called.
 */
import { isIP } from 'node:net'
import { Refusal } from '@openhmp/protocol/base'

/** Where a device is, taken apart. */
export interface DeviceAddress {
  /** `http://host:port` or `https://host:port`, the port always there; `rtsp://...` for RTSP devices. */
  readonly url: string
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

/** Longest address that is read. */
export const MAX_ADDRESS_CHARACTERS = 2000

const bad = (text: string): Refusal => new Refusal('invalid', 'address.form', text)

/** The one parser: the rules of `http:` (WHATWG URL) for every scheme, then only what it did not have to mend. */
const parse = (text: string): URL | undefined => {
  // Control characters, spaces and backslashes are what parsers differ in.
  if (text.length > MAX_ADDRESS_CHARACTERS || /[\s\\\p{Cc}]/u.test(text)) return undefined
  const url = URL.parse(text.replace(/^rtsp(s?):/i, 'http$1:'))
  if (!url || url.hostname === '') return undefined
  const typed = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?(\[[^\]/?#]*\]|[^:/?#]*)/i.exec(text)?.[1]?.toLowerCase() ?? ''
  if (typed.endsWith('.')) return undefined
  const host = bare(url.hostname)
  // 127.1, 0x7f.1 and 2130706433 are the address 127.0.0.1 to some and a name to others.
  if (isIP(host) === 4 && typed !== host) return undefined
  return url
}

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

/** Reads `host`, `host:port` or `http(s)://host:port`. Throws `Refusal` `address.form`. */
export const parseDeviceAddress = (text: string): DeviceAddress => {
  const trimmed = text.trim()
  const isBare = !/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)
  const bracketed = isBare && isIP(trimmed) === 6 ? `[${trimmed}]` : trimmed
  const url = parse(isBare ? `http://${bracketed}` : bracketed)
  if (!url || !/^(?:http|https):\/\//i.test(isBare ? 'http://' : trimmed))
    throw bad(`${show(trimmed)} is no address: write host, host:port or https://host`)
  if (url.username !== '' || url.password !== '') throw bad('write user and password in their own fields')
  if ((url.pathname !== '/' && url.pathname !== '') || url.search !== '' || url.hash !== '')
    throw bad(`${show(trimmed)}: an address has no path`)
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  return { url: `${url.protocol}//${url.hostname}:${port}`, host: bare(url.hostname), port }
}

/** Reads `rtsp://` or `rtsps://`. Throws `Refusal` `address.form`. */
export const parseRtspAddress = (text: string): DeviceAddress => {
  const trimmed = text.trim()
  const url = /^rtsps?:\/\//i.test(trimmed) ? parse(trimmed) : undefined
  if (!url) throw bad(`${show(trimmed)} is no rtsp:// address`)
  if (url.username !== '' || url.password !== '') throw bad('write user and password in their own fields')
  // `http:` leaves its own usual port out, which is none of RTSP's.
  const [, given] = /^[^/]*\/\/(?:\[[^\]]*\]|[^:/?#]*)(?::(\d*))?/.exec(trimmed) ?? []
  const port = given ? Number(given) : url.protocol === 'https:' ? 322 : 554
  return { url: trimmed, host: bare(url.hostname), port }
}

const show = (text: string): string => text.replace(/\/\/[^/@]*@/, '//***@').slice(0, 100)

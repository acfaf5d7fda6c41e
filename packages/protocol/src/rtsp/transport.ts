// SPDX-License-Identifier: Apache-2.0
/** The `Transport` field, RFC 2326 §12.39: how one track's packets travel. RTP/AVP over UDP or inside the connection. */
import { WireError } from '../base/errors.ts'

/** Two neighbouring numbers: RTP, then RTCP (ports, or channels). */
export type Pair = readonly [rtp: number, rtcp: number]

/** One way of transport, offered or granted. */
export interface Transport {
  /** `RTP/AVP`, `RTP/AVP/TCP`, `RTP/SAVP` ... as written. */
  readonly profile: string
  readonly lower: 'tcp' | 'udp'
  readonly isMulticast: boolean
  readonly interleaved?: Pair
  readonly clientPort?: Pair
  readonly serverPort?: Pair
  readonly ssrc?: number
  /** Where the other side says that it sends from. Never where we send to. */
  readonly source?: string
  readonly destination?: string
  /** Lower case: `play`, `record`. */
  readonly mode?: string
}

const spec = 'RFC 2326 §12.39'

/**
 * Reads the alternatives of one field, in order of preference. Throws `WireError` `rtsp.transport`.
 *
 * Tolerates: cameras that write `ssrc= 0CB32B85` with spaces, in upper case or with digits missing, though §12.39 wants
 * eight hex digits; one that cannot be read is left out.
 * Tolerates: cameras that write one port or channel where a pair belongs; the second is the next number.
 */
export const parseTransport = (text: string): Transport[] => {
  const all = text.split(',').map((part) => part.trim())
  const found = all.filter((part) => part !== '').map(parseOne)
  if (found.length === 0) throw new WireError('rtsp.transport', 'an empty Transport field', { spec })
  return found
}

const parseOne = (text: string): Transport => {
  const [profile = '', ...parameters] = text.split(';').map((part) => part.trim())
  if (!/^RTP\/\w+(\/\w+)?$/i.test(profile))
    throw new WireError('rtsp.transport', `transport ${JSON.stringify(profile.slice(0, 40))}`, { spec })
  const found: { -readonly [K in keyof Transport]: Transport[K] } = {
    profile: profile.toUpperCase(),
    lower: /\/tcp$/i.test(profile) ? 'tcp' : 'udp',
    isMulticast: false,
  }
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=')
    const name = (equals === -1 ? parameter : parameter.slice(0, equals)).trim().toLowerCase()
    const value = equals === -1 ? '' : parameter.slice(equals + 1).trim()
    switch (name) {
      case 'multicast':
        found.isMulticast = true
        break
      case 'interleaved':
        found.interleaved = pair(value, 255)
        break
      case 'client_port':
        found.clientPort = pair(value, 65535)
        break
      case 'server_port':
        found.serverPort = pair(value, 65535)
        break
      case 'ssrc':
        if (/^[0-9a-f]{1,8}$/i.test(value)) found.ssrc = Number.parseInt(value, 16)
        break
      case 'source':
        found.source = value
        break
      case 'destination':
        found.destination = value
        break
      case 'mode':
        found.mode = value.replace(/"/g, '').trim().toLowerCase()
        break
    }
  }
  return found
}

const pair = (text: string, limit: number): Pair => {
  const match = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(text)
  const first = Number(match?.[1] ?? Number.NaN)
  const second = match?.[2] === undefined ? first + 1 : Number(match[2])
  if (!(first <= limit && second <= limit + 1))
    throw new WireError('rtsp.transport', `pair ${JSON.stringify(text.slice(0, 20))}`, { spec })
  return [first, second]
}

/** One alternative as text. */
export const formatTransport = (transport: Transport): string => {
  const parts = [transport.profile, transport.isMulticast ? 'multicast' : 'unicast']
  if (transport.source !== undefined) parts.push(`source=${transport.source}`)
  if (transport.destination !== undefined) parts.push(`destination=${transport.destination}`)
  if (transport.interleaved) parts.push(`interleaved=${transport.interleaved.join('-')}`)
  if (transport.clientPort) parts.push(`client_port=${transport.clientPort.join('-')}`)
  if (transport.serverPort) parts.push(`server_port=${transport.serverPort.join('-')}`)
  if (transport.ssrc !== undefined) parts.push(`ssrc=${transport.ssrc.toString(16).toUpperCase().padStart(8, '0')}`)
  if (transport.mode !== undefined) parts.push(`mode="${transport.mode}"`)
  return parts.join(';')
}

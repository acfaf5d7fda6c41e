// SPDX-License-Identifier: Apache-2.0
/** What a capture says, line by line, and the shapes that its readers share. */
import type { Place } from './tcp-order.ts'

/** One line of the talk. */
export interface TalkLine {
  readonly kind: 'message' | 'fault' | 'gap'
  readonly frame: number
  /** Milliseconds since 1970. */
  readonly timeMs: number
  readonly from: string
  readonly to: string
  readonly protocol: 'RTSP' | 'HTTP' | 'WebSocket' | 'HMP' | 'RTP' | 'RTCP' | 'TLS' | 'TCP'
  readonly text: string
  /** Further lines for those who ask: header fields, a description. */
  readonly detail?: readonly string[]
  /** Of a fault: its code, and the offset in the file where it was seen. */
  readonly code?: string
  readonly at?: number
}

/** What a reader of one direction is given to talk through. */
export interface Talker {
  say(where: Place, protocol: TalkLine['protocol'], text: string, detail?: readonly string[]): void
  fault(where: Place, protocol: TalkLine['protocol'], error: unknown, at?: number): void
  /** An RTP or RTCP packet, whatever carried it. */
  media(packet: Uint8Array, where: Place): void
}

/** Reads one direction of a connection, in order. */
export interface DirectionReader {
  push(bytes: Uint8Array, where: Place): void
}

/** Lines of text as a person reads them: without control characters, and not without end. */
export const readable = (text: string, limit = 200): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced, so that no capture drives a terminal
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·')
  return plain.length > limit ? `${plain.slice(0, limit)}…` : plain
}

/** Header fields, one a line, without what could be tried against a password. */
export const detailOf = (headers: Iterable<readonly [string, string]>): string[] =>
  [...headers].map(([name, value]) => readable(`${name}: ${SECRET.test(name) ? redact(value) : value}`, 400))

/** A request line whose query may hold a key or a password: the key of a backup, the log-ins of old software. */
export const withoutSecrets = (line: string): string =>
  line.replace(/([?&](?:secretkey|auth|password|pwd|token)=)[^&\s]*/gi, '$1***')

const SECRET = /^(authorization|proxy-authorization|cookie|set-cookie)$/i

const redact = (value: string): string =>
  value.startsWith('Digest')
    ? value.replace(/(response|nonce)="[^"]*"/gi, '$1="***"')
    : value.replace(/[ =].*/s, ' ***')

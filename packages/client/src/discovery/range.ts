// SPDX-License-Identifier: Apache-2.0
/** A range of addresses, knocked at one by one: HTTP without a login, RTSP OPTIONS. No account is ever tried. */
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import type { Sighting } from './found.ts'

/** Addresses of one range, unless told otherwise. */
export const MAX_RANGE = 1024
/** Knocked at together. */
const ABREAST = 64
/** Silence for so long: nobody is there. */
const KNOCK_MS = 1500
/** A whole answer takes no longer: who gives it drop by drop is left. */
const WHOLE_MS = 4000
/** Of an answer that is read. */
const MAX_ANSWER_BYTES = 8 * 1024
const RTSP_PORT = 554

/** Addresses of `192.0.2.0/24`, `192.0.2.10-192.0.2.20` or `192.0.2.7`. Throws `Refusal` `range.form`, `range.large`. */
export const addressesOf = (range: string, most = MAX_RANGE): string[] => {
  const [first, last] = boundsOf(range.trim())
  const count = last - first + 1
  if (count < 1) throw new Refusal('invalid', 'range.form', `${JSON.stringify(range)} ends before it begins`)
  if (count > most)
    throw new Refusal('invalid', 'range.large', `${range} has ${count} addresses: at most ${most} are searched`)
  return Array.from({ length: count }, (_, i) => textOf(first + i))
}

const boundsOf = (range: string): [number, number] => {
  const net = /^([\d.]+)\/(\d{1,2})$/.exec(range)
  if (net && Number(net[2]) <= 32) {
    const size = 2 ** (32 - Number(net[2]))
    const first = Math.floor(numberOf(net[1]!, range) / size) * size
    // Network and broadcast are nobody's.
    return size > 2 ? [first + 1, first + size - 2] : [first, first + size - 1]
  }
  const [from = '', to = from, more] = range.split('-').map((part) => part.trim())
  if (more !== undefined) throw malformed(range)
  const first = numberOf(from, range)
  // `192.0.2.10-20`
  return [first, /^\d{1,3}$/.test(to) ? numberOf(from.replace(/\d+$/, to), range) : numberOf(to, range)]
}

const malformed = (range: string): Refusal =>
  new Refusal(
    'invalid',
    'range.form',
    `${JSON.stringify(range.slice(0, 60))} is no range: write 192.168.1.0/24 or 192.168.1.10-50`,
  )

const numberOf = (address: string, range: string): number => {
  const parts = address.split('.').map(Number)
  const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(address) && parts.every((part) => part < 256)
  if (!isAddress) throw malformed(range)
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

const textOf = (number: number): string => [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.')

interface Knocking {
  readonly addresses: readonly string[]
  /** HTTP ports. */
  readonly ports: readonly number[]
  readonly clock: Clock
  readonly signal: AbortSignal
  onSighting(sighting: Sighting): void
  onProgress?(done: number, total: number): void
}

/** Resolves when every address was knocked at, or the signal has aborted. */
export const searchRange = async (knocking: Knocking): Promise<void> => {
  const { addresses, signal, onProgress } = knocking
  const waiting = addresses.values()
  let done = 0
  const work = async () => {
    for (const address of waiting) {
      if (signal.aborted) return
      await knockAt(address, knocking)
      onProgress?.(++done, addresses.length)
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, work))
}

type Patience = Pick<Knocking, 'clock' | 'signal'>

const knockAt = async (address: string, { ports, clock, signal, onSighting }: Knocking): Promise<void> => {
  const patience = { clock, signal }
  const http = await Promise.all(ports.map((port) => askHttp(address, port, patience)))
  const isRtsp = await knock({ host: address, port: RTSP_PORT }, 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n', patience)
  const rtsp = isRtsp?.startsWith('RTSP/1.0') ? { rtspPort: RTSP_PORT } : {}
  for (const seen of http) if (seen) onSighting({ ...seen, ...rtsp })
  if ('rtspPort' in rtsp && http.every((seen) => !seen)) onSighting({ method: 'range', address, kind: 'rtsp', ...rtsp })
}

/** 443, 8443 and their like. */
const isTlsPort = (port: number): boolean => port % 1000 === 443

const askHttp = async (address: string, port: number, patience: Patience): Promise<Sighting | undefined> => {
  const host = port === 80 ? address : `${address}:${port}`
  const isTls = isTlsPort(port)
  const ask = (path: string): Promise<string | undefined> => {
    const question = `GET /ISAPI/${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
    return knock({ host: address, port, isTls }, question, patience)
  }
  const answer = await ask('System/deviceInfo')
  if (!answer?.startsWith('HTTP/1.')) return undefined
  const status = Number(answer.slice(9, 12))
  const isNotActivated = /notActivated/i.test(answer)
  const isIsapi = isNotActivated || /<(ResponseStatus|DeviceInfo|userCheck)\b/.test(answer)
  if (!isIsapi && !(status === 401 && (isOurs(answer) || (await isBySession(answer, ask))))) return undefined
  return {
    ...{ method: 'range', address, kind: 'hikvision' },
    ...(isTls ? { httpsPort: port } : { httpPort: port }),
    ...(isNotActivated ? { isActivated: false } : {}),
  }
}

/** A login is asked for in the way of these devices: other servers know nothing of this path. */
const isOurs = (answer: string): boolean => {
  const realm = /realm="([^"]*)"/i.exec(answer)?.[1] ?? ''
  return /^(IP ?Camera|DS-|iDS-|Embedded Net DVR|DVRNVRDVS|HIKVISION|IPC|NVR|[0-9a-f]{16,64}$)/i.test(realm)
}

/** A device that offers no login with its 401 is asked for a challenge, as its own web page does; nothing is answered to it. */
const isBySession = async (answer: string, ask: (path: string) => Promise<string | undefined>): Promise<boolean> =>
  !/^www-authenticate:/im.test(answer) &&
  /<SessionLoginCap\b/.test((await ask('Security/sessionLogin/capabilities?username=admin')) ?? '')

/** What a port answers to a question, as far as it is short and comes soon; undefined when nobody answers. */
const knock = (
  { host, port, isTls = false }: { readonly host: string; readonly port: number; readonly isTls?: boolean },
  question: string,
  { clock, signal }: Patience,
): Promise<string | undefined> =>
  new Promise((resolve) => {
    // Any certificate will do: nothing is sent that anybody may not hear.
    const socket = isTls ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port })
    const over = new AbortController()
    let text = ''
    let isOver = false
    const end = () => {
      if (isOver) return
      isOver = true
      over.abort()
      signal.removeEventListener('abort', end)
      socket.destroy()
      resolve(text === '' ? undefined : text)
    }
    if (signal.aborted) return end()
    signal.addEventListener('abort', end, { once: true })
    socket.setTimeout(KNOCK_MS, end)
    clock.sleep(WHOLE_MS, { signal: over.signal }).then(end, () => {}) // it has ended
    socket.on('error', end)
    socket.on('close', end)
    socket.on(isTls ? 'secureConnect' : 'connect', () => socket.write(question))
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part
      if (text.length >= MAX_ANSWER_BYTES || isComplete(text)) end()
    })
  })

/** An RTSP answer without a body, or an HTTP answer with as much body as it said. */
const isComplete = (text: string): boolean => {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = Number(
    /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? (text.startsWith('RTSP') ? 0 : Number.NaN),
  )
  return text.length >= head + 4 + length
}

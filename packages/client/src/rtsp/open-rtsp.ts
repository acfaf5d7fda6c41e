// SPDX-License-Identifier: Apache-2.0
/** `openRtsp`: one play of one URL, from the connection to the first sign that media flows; redirects are followed here. */
import type { Clock, HmpError } from '@openhmp/protocol/base'
import { PeerError, WireError } from '@openhmp/protocol/base'
import type { MediaUnit } from '@openhmp/protocol/rtp'
import { MAX_REDIRECTS } from '@openhmp/protocol/rtsp'
import type { MediaDescription } from '@openhmp/protocol/sdp'
import { guardedDevice, type LoginCredentials, loginGuardOf } from '../login-guard.ts'
import { openSocket, type TlsTrust } from '../socket.ts'
import { RtspConnection } from './connection.ts'

/** What is to be played, and who is told. The callbacks run in the socket's own turn: they must not wait. */
export interface RtspOptions {
  /** `rtsp://` or `rtsps://`. A user and password inside are taken out, and used when `credentials` is left out. */
  readonly url: string
  readonly credentials?: LoginCredentials
  readonly transport: 'tcp' | 'udp'
  /** Kinds of media; default both. */
  readonly wants?: readonly ('video' | 'audio')[]
  readonly signal: AbortSignal
  readonly clock: Clock
  /** A unit is whole. `track` is an index into `onDescription`'s media. */
  onUnit(unit: MediaUnit, track: number): void
  /** Once, before the first unit. `sdp` is the camera's own text. */
  onDescription?(media: readonly MediaDescription[], sdp: string): void
  /** Once, when a play that had begun ended by itself; never after `dispose` or abort. */
  onEnd?(error: HmpError | undefined): void
  /** For `rtsps://`; left out, the certificate must be trusted by this machine. */
  readonly tls?: TlsTrust
  /** Default 5 s. */
  readonly connectMs?: number
  /** No answer for this long ends the play; default 10 s. */
  readonly answerMs?: number
  /** No media for this long ends the play; default 10 s. */
  readonly silenceMs?: number
  readonly userAgent?: string
  /** Send the password as Basic, when nothing better is offered, without TLS too. Default false. */
  readonly allowBasic?: boolean
}

/** Where an RTSP URL leads. */
export interface RtspTarget {
  /** Without user information. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  readonly credentials?: LoginCredentials
}

/** Takes a URL apart. Throws `WireError` `rtsp.url`. */
export const parseRtspUrl = (text: string): RtspTarget => {
  const url = URL.parse(text)
  if (!url || !/^rtsps?:$/.test(url.protocol) || url.hostname === '')
    throw new WireError('rtsp.url', `no rtsp:// address: ${text.replace(/\/\/[^/@]*@/, '//***@').slice(0, 100)}`)
  const isTls = url.protocol === 'rtsps:'
  const { username, password } = url
  return {
    url: text.trim().replace(/^(rtsps?:\/\/)[^/?#]*@/i, '$1'),
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isTls ? 322 : 554) : Number(url.port),
    isTls,
    ...(username === '' ? {} : { credentials: { username: decode(username), password: decode(password) } }),
  }
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a password that holds a bare percent sign
  }
}

/**
 * Connects, logs in, sets up and plays; resolves when the camera has said that it plays. Rejects with `LinkError`
 * (`link.*`, `tls.*`, `rtsp.timeout`), `PeerError` (`rtsp.unauthorized`, `rtsp.not-found`, `rtsp.transport`: try the
 * other one, `login.blocked` ...), `WireError`, or `signal.reason`.
 */
export const openRtsp = async (options: RtspOptions): Promise<RtspConnection> => {
  let target = parseRtspUrl(options.url)
  const credentials = options.credentials ?? target.credentials
  const guard = loginGuardOf(options.clock)
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const device = guardedDevice(target.host, target.port)
    if (credentials) guard.check(device, credentials)
    const { clock, signal, connectMs } = options
    const { host, port, url } = target
    const socket = await openSocket({
      host,
      port,
      clock,
      signal,
      ...(connectMs === undefined ? {} : { connectMs }),
      ...(target.isTls ? { tls: options.tls ?? {} } : {}),
    })
    const connection = new RtspConnection(socket, { ...options, ...(credentials ? { credentials } : {}), url })
    try {
      const redirect = await connection.opened
      if (credentials) guard.accepted(device, credentials)
      if (redirect === undefined) return connection
      target = parseRtspUrl(redirect)
    } catch (error) {
      if (credentials && error instanceof PeerError && error.code === 'rtsp.unauthorized')
        guard.refused(device, credentials)
      throw error
    }
  }
  throw new PeerError('rtsp.redirect', 'redirected in circles', { retry: 'never' })
}

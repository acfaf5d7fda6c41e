// SPDX-License-Identifier: Apache-2.0
/** `openRtsp`: one play of one URL, from the connection to the first sign that media flows; redirects are followed here. */
import { PeerError, WireError } from '@openhmp/protocol/base'
import { MAX_REDIRECTS } from '@openhmp/protocol/rtsp'
import { guardedDevice, type LoginCredentials, loginGuardOf } from '../login-guard.ts'
import { openSocket } from '../socket.ts'
import { RtspConnection } from './connection.ts'
import type { RtspOptions } from './options.ts'

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
    const { clock, signal, connectMs, reach } = options
    const { host, port, url } = target
    let connection: RtspConnection | undefined // a camera does not speak first
    const socket = await openSocket({
      host,
      port,
      clock,
      signal,
      ...(connectMs === undefined ? {} : { connectMs }),
      ...(reach ? { reach } : {}),
      ...(target.isTls ? { tls: options.tls ?? {} } : {}),
      onBytes: (chunk) => connection?.receive(chunk),
    })
    connection = new RtspConnection(socket, { ...options, ...(credentials ? { credentials } : {}), url })
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

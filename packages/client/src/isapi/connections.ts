// SPDX-License-Identifier: Apache-2.0
/** Node's HTTP agent over this package's own sockets: their errors, their TLS pin, checked before anything is sent. */
import { Agent, type ClientRequestArgs } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '@openhmp/protocol/base'
import type { Reach } from '../reach.ts'
import { openSocket, type TlsTrust } from '../socket.ts'
import type { IsapiTarget } from './target.ts'

/** Connections to one device at one time; streams have their own. */
export const MAX_PARALLEL = 3
/** Free connections are closed after this, or earlier when the device says so; cameras close theirs after 10 s. */
const FREE_MS = 8000
/** Probes of an idle connection by TCP, so that a device that lost power is noticed. */
const PROBE_MS = 30_000

export interface ConnectionsOptions {
  readonly target: IsapiTarget
  readonly tls: TlsTrust
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly connectMs: number | undefined
  readonly reach?: Reach | undefined
}

type Opened = (error: Error | null, socket: Duplex) => void

/** The connections to one device. */
export class Connections extends Agent {
  readonly #options: ConnectionsOptions
  #tls: TlsTrust

  constructor(options: ConnectionsOptions) {
    super({ keepAlive: true, maxSockets: MAX_PARALLEL, maxFreeSockets: MAX_PARALLEL, timeout: FREE_MS })
    this.#options = options
    this.#tls = options.tls
  }

  override createConnection(_options: ClientRequestArgs, opened?: Opened): undefined {
    this.open().then(
      (socket) => opened?.(null, socket),
      (error: Error) => opened?.(error, undefined as never), // Node looks at the error first
    )
  }

  /** What the device must show from now on. */
  trust(tls: TlsTrust): void {
    this.#tls = tls
  }

  /** A connection that the agent does not keep. */
  async open(signal: AbortSignal = this.#options.signal): Promise<Socket> {
    const { target, clock, connectMs, reach } = this.#options
    const socket = await openSocket({
      host: target.host,
      port: target.port,
      clock,
      signal,
      ...(connectMs === undefined ? {} : { connectMs }),
      ...(reach ? { reach } : {}),
      ...(target.isTls ? { tls: this.#tls } : {}),
    })
    socket.setNoDelay(true)
    socket.setKeepAlive(true, PROBE_MS)
    return socket
  }
}

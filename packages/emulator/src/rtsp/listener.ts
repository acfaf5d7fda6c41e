// SPDX-License-Identifier: Apache-2.0
/** The RTSP port of one emulated device. While the device is down nothing listens there, as behind a pulled cable. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '@openhmp/protocol/base'
import type { HashName } from '@openhmp/protocol/digest'
import type { DeviceFace, Power } from '../device/api.ts'
import { type ConnectionContext, RtspConnection } from './connection.ts'
import { defaultLogin, deviceVerifier, type LoginStyle } from './login.ts'
import { bindUdpPair, type UdpPair } from './udp-pair.ts'

/** Most connections at a time; more are closed at once. */
export const MAX_RTSP_CONNECTIONS = 256
const TICK_MS = 1000

/** What a listener is made for. */
export interface RtspListenerOptions {
  readonly device: DeviceFace
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly clock: Clock
  /** Default: MD5 without qop, no Basic. */
  readonly login?: LoginStyle
}

/** Serves a device until disposed. */
export interface RtspListener extends AsyncDisposable {
  readonly port: number
  /** How many connections there are now. */
  readonly connections: number
}

const nodeHash: Readonly<Record<HashName, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' }

/** Listens. Rejects with the system's error when the port is taken, with `LinkError` when there is no pair of UDP ports. */
export const listenRtsp = async (options: RtspListenerOptions): Promise<RtspListener> => {
  const udp = await bindUdpPair(options.host)
  try {
    return await DeviceListener.open(options, udp)
  } catch (error) {
    await udp[Symbol.asyncDispose]()
    throw error
  }
}

class DeviceListener implements RtspListener {
  port = 0
  readonly #options: RtspListenerOptions
  readonly #udp: UdpPair
  readonly #context: ConnectionContext
  readonly #connections = new Set<RtspConnection>()
  readonly #ending = new AbortController()
  readonly #power: Disposable
  /** Listening and ceasing to listen, one after the other. */
  #moves: Promise<void> = Promise.resolve()
  #server: Server | undefined
  #ticking: Promise<void> | undefined

  private constructor(options: RtspListenerOptions, udp: UdpPair) {
    const { device, clock, login = defaultLogin } = options
    this.#options = options
    this.#udp = udp
    const hash = (name: HashName, text: string): string => createHash(nodeHash[name]).update(text).digest('hex')
    this.#context = {
      device,
      clock,
      udp,
      verifier: deviceVerifier(device, login, { hash, nonce: () => randomBytes(20).toString('hex') }),
      random: () => randomBytes(4).readUInt32BE(),
      sessionId: () => randomBytes(16).toString('hex'),
      signal: this.#ending.signal,
    }
    udp.sockets[1].on('message', (_, from) => {
      for (const connection of this.#connections)
        if (connection.alive(from.address, from.port, clock.monotonic())) return
    })
    this.#power = device.onPower((power) => this.#onPower(power))
  }

  static async open(options: RtspListenerOptions, udp: UdpPair): Promise<DeviceListener> {
    const listener = new DeviceListener(options, udp)
    try {
      await listener.#listen(options.port)
    } catch (error) {
      listener.#power[Symbol.dispose]()
      throw error
    }
    if (options.device.power === 'down') listener.#onPower('down')
    return listener
  }

  get connections(): number {
    return this.#connections.size
  }

  async #listen(port: number): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
    server.listen(port, this.#options.host)
    await once(server, 'listening')
    server.on('error', () => undefined) // a connection that failed before it was accepted
    this.#server = server
    const address = server.address()
    if (address !== null && typeof address !== 'string') this.port = address.port
  }

  #onPower(power: Power): void {
    const move = power === 'down' ? () => this.#close() : () => this.#listen(this.port)
    // The port was ours a moment ago; if somebody took it, the device stays away until its next change of power.
    this.#moves = this.#moves.then(() => (this.#ending.signal.aborted ? undefined : move())).catch(() => undefined)
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= MAX_RTSP_CONNECTIONS) {
      socket.destroy()
      return
    }
    const connection = new RtspConnection(socket, this.#context)
    this.#connections.add(connection)
    void connection.closed.then(() => this.#connections.delete(connection))
    this.#ticking ??= this.#tick()
  }

  /** Runs while there are connections. */
  async #tick(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#ending
    while (this.#connections.size > 0 && !signal.aborted) {
      try {
        await clock.sleep(TICK_MS, { signal })
      } catch {
        break // the only reason is our own signal
      }
      for (const connection of this.#connections) connection.tick(clock.monotonic())
    }
    this.#ticking = undefined
  }

  async #close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = server ? once(server, 'close') : undefined
    server?.close()
    const connections = [...this.#connections]
    for (const connection of connections) connection.destroy()
    await Promise.all([closed, ...connections.map((connection) => connection.closed)])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    this.#power[Symbol.dispose]()
    await this.#moves
    await this.#close()
    await this.#ticking
    await this.#udp[Symbol.asyncDispose]()
  }
}

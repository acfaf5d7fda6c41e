// SPDX-License-Identifier: Apache-2.0
/**
 * The one HMP session of this page: a WebSocket with the subprotocol hmp.1, one binary message a packet (hmp.md, Carriers).
 * Comes back by itself with back-off; views wait for it and open their streams anew.
 */
import { concat } from '@openhmp/protocol/base'
import { HmpSession } from '@openhmp/protocol/session'
import { nextDelay } from './back-off.ts'

const SUBPROTOCOL = 'hmp.1'
const TICK_MS = 100

export interface LinkEvents {
  /** The session is open: streams may be asked for. */
  onOpen(): void
  onLost(): void
  /** The server does not know us: signing in is the way on. */
  onSignedOut(): void
}

export class Link {
  #socket: WebSocket | undefined
  #session: HmpSession | undefined
  #attempt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #ticker: ReturnType<typeof setInterval> | undefined
  #isWanted = false
  readonly #url: string
  readonly #software: string
  readonly #events: LinkEvents

  constructor(options: { url: string; software: string; events: LinkEvents }) {
    this.#url = options.url
    this.#software = options.software
    this.#events = options.events
  }

  /** The session while it is open. */
  get session(): HmpSession | undefined {
    return this.#session?.state === 'open' ? this.#session : undefined
  }

  /** Connects when somebody wants pictures; a link without viewers is let go. */
  want(isWanted: boolean): void {
    if (this.#isWanted === isWanted) return
    this.#isWanted = isWanted
    if (isWanted) {
      this.#connect()
      return
    }
    clearTimeout(this.#timer)
    this.#session?.close('shutdown')
    this.#socket?.close(1000)
  }

  /** Tries now instead of at the next turn. */
  nudge(): void {
    if (!this.#isWanted || this.#socket) return
    this.#attempt = 0
    clearTimeout(this.#timer)
    this.#connect()
  }

  #connect(): void {
    if (this.#socket) return
    const socket = new WebSocket(this.#url, SUBPROTOCOL)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.onopen = () => this.#begin(socket)
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (message.data instanceof ArrayBuffer) this.#session?.receivePacket(new Uint8Array(message.data))
      else socket.close(1003)
    }
    socket.onclose = () => this.#ended(socket)
  }

  #begin(socket: WebSocket): void {
    const session = new HmpSession({
      side: 'dialler',
      role: 'console',
      identity: 'console',
      software: this.#software,
      now: () => performance.now(),
      wallNow: () => Date.now(),
      random: (count) => crypto.getRandomValues(new Uint8Array(count)),
      login: { kind: 'carrier' },
      write: (parts) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(concat(parts) as BufferSource)
      },
      // Nobody asks a console for anything.
      onRequest: () => Promise.resolve({ status: 404 }),
      onOpen: () => {
        this.#attempt = 0
        this.#events.onOpen()
      },
      onClose: (closing) => {
        if (closing.byPeer && (closing.code === 'login' || closing.code === 'revoked')) this.#events.onSignedOut()
        socket.close(1000)
      },
    })
    this.#session = session
    this.#ticker = setInterval(() => session.tick(), TICK_MS)
    session.start()
  }

  #ended(socket: WebSocket): void {
    if (this.#socket !== socket) return
    clearInterval(this.#ticker)
    const wasOpen = this.#session !== undefined
    this.#socket = undefined
    this.#session?.carrierClosed()
    this.#session = undefined
    this.#events.onLost()
    // A handshake that was refused says nothing to a script: the page asks who we are.
    if (!wasOpen) this.#events.onSignedOut()
    if (this.#isWanted) this.#timer = setTimeout(() => this.#connect(), nextDelay(this.#attempt++, Math.random))
  }
}

// SPDX-License-Identifier: Apache-2.0
/** A connection that is lent to Node's HTTP for one request, and taken back: HTTP would close it where the answer says `close`. */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** What HTTP sees of a socket. Destroyed before `keep`, it takes the socket with it. */
export class LentSocket extends Duplex {
  readonly #socket: Socket
  #isKept = false
  readonly #onData = (piece: Uint8Array) => {
    if (!this.push(piece)) this.#socket.pause()
  }
  readonly #onEnd = () => this.push(null)
  readonly #onError = (error: Error) => this.destroy(error)
  readonly #onClose = () => this.destroy()

  constructor(socket: Socket) {
    super({ allowHalfOpen: true })
    this.#socket = socket
    socket.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose)
  }

  /** The socket, which outlives this from now on; nothing is read of it any more once this is destroyed. */
  keep(): Socket {
    this.#isKept = true
    return this.#socket
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(piece: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(piece, done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose)
    if (!this.#isKept) this.#socket.destroy()
    done(error)
  }
}

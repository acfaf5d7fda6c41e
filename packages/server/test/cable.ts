// SPDX-License-Identifier: Apache-2.0
/** A cable between two programs on this machine: TCP through it can be pulled, plugged in again, cut, or made thin. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** How often a thin cable lets bytes through. */
const TURN_MS = 10

/** One direction of one connection: what came in and has not gone out yet waits here, and its sender waits after 16 KiB. */
class Lane {
  readonly #from: Socket
  readonly #to: Socket
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #isOver = false

  constructor(from: Socket, to: Socket, isFree: () => boolean) {
    this.#from = from
    this.#to = to
    from.on('data', (chunk: Buffer) => {
      if (isFree() && this.#waitingBytes === 0) to.write(chunk)
      else {
        this.#waiting.push(chunk)
        this.#waitingBytes += chunk.length
        if (this.#waitingBytes > 16_384) from.pause()
      }
    })
    from.on('end', () => {
      this.#isOver = true
      if (this.#waitingBytes === 0) to.end()
    })
  }

  /** Lets at most so many bytes through; gives how many went. */
  pass(budget: number): number {
    let left = budget
    while (left > 0 && this.#waiting.length > 0) {
      const [first] = this.#waiting as [Buffer]
      const part = first.subarray(0, left)
      this.#to.write(part)
      left -= part.length
      if (part.length === first.length) this.#waiting.shift()
      else this.#waiting[0] = first.subarray(part.length)
    }
    this.#waitingBytes -= budget - left
    if (this.#waitingBytes <= 16_384) this.#from.resume()
    if (this.#isOver && this.#waitingBytes === 0) this.#to.end()
    return budget - left
  }
}

/** Owns its port and connections until disposed. */
export class Cable implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  readonly #lanes = new Set<Lane>()
  /** Those from the port that the cable leads to. */
  readonly #back = new Set<Lane>()
  readonly #ticking: NodeJS.Timeout
  #isPulled = false
  #isOneWay = false
  #bytesPerSecond = Number.POSITIVE_INFINITY
  #lastMs = performance.now()

  /** A cable to a port of this machine. */
  static async to(port: number): Promise<Cable> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Cable(server, port)
  }

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    this.#ticking = setInterval(() => this.#turn(), TURN_MS)
    server.on('connection', (near) => {
      const far = connect(port, '127.0.0.1')
      near.setNoDelay(true)
      far.setNoDelay(true)
      const pair = [near, far] as const
      const isFree = () => !this.#isPulled && this.#bytesPerSecond === Number.POSITIVE_INFINITY
      const lanes = [new Lane(near, far, isFree), new Lane(far, near, () => isFree() && !this.#isOneWay)]
      this.#back.add(lanes[1]!)
      for (const lane of lanes) this.#lanes.add(lane)
      this.#pairs.add(pair)
      for (const socket of pair) {
        socket.on('error', () => {})
        socket.on('close', () => {
          near.destroy()
          far.destroy()
          this.#pairs.delete(pair)
          for (const lane of lanes) this.#lanes.delete(lane)
          this.#back.delete(lanes[1]!)
        })
      }
    })
  }

  get connections(): number {
    return this.#pairs.size
  }

  /** Nothing goes through any more, and nobody is told: what is sent waits, as TCP sends it again when the way is there. */
  pull(): void {
    this.#isPulled = true
  }

  /** What the far end answers waits; what it is sent goes through. */
  holdAnswers(): void {
    this.#isOneWay = true
  }

  plugIn(): void {
    this.#isPulled = false
    this.#isOneWay = false
  }

  /** Both ends hear a reset. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy()
      far.resetAndDestroy()
    }
  }

  /** In all directions together. */
  thin(bitsPerSecond: number): void {
    this.#bytesPerSecond = bitsPerSecond / 8
    this.#lastMs = performance.now()
  }

  #turn(): void {
    const nowMs = performance.now()
    const passedMs = nowMs - this.#lastMs
    this.#lastMs = nowMs
    if (this.#isPulled) return
    let budget = Math.min((this.#bytesPerSecond * passedMs) / 1000, Number.MAX_SAFE_INTEGER)
    for (const lane of this.#lanes)
      if (!this.#isOneWay || !this.#back.has(lane)) budget -= lane.pass(Math.floor(budget))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticking)
    for (const [near, far] of this.#pairs) {
      near.destroy()
      far.destroy()
    }
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

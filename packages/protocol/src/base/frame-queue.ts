// SPDX-License-Identifier: Apache-2.0
/** What a queue needs to know of a frame: its weight, and whether a decoder can start on it. */
export interface QueuedFrame {
  readonly sizeBytes: number
  readonly isKey: boolean
}

/**
 * One live reader's bounded queue. A slow reader loses whole groups of pictures, never a piece out of one: once a frame
 * does not fit, everything up to the next key frame is dropped and counted. When a key frame itself does not fit, what
 * waits is thrown away in its favour, so that the reader is never further behind than one queue.
 */
export class FrameQueue<F extends QueuedFrame> {
  readonly #limitBytes: number
  #frames: F[] = []
  #head = 0
  #bytes = 0
  #isWaitingForKey = false
  /** Frames thrown away so far; read by the metrics, never logged per frame. */
  dropped = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get sizeBytes(): number {
    return this.#bytes
  }

  get length(): number {
    return this.#frames.length - this.#head
  }

  /** True while frames are dropped until the next key frame. */
  get isWaitingForKey(): boolean {
    return this.#isWaitingForKey
  }

  /** Takes a frame in; false when it was dropped. */
  push(frame: F): boolean {
    if (frame.isKey) this.#isWaitingForKey = false
    if (this.#isWaitingForKey) {
      this.dropped++
      return false
    }
    if (this.#bytes + frame.sizeBytes > this.#limitBytes && this.length > 0) {
      if (!frame.isKey) {
        this.#isWaitingForKey = true
        this.dropped++
        return false
      }
      this.dropped += this.length
      this.clear()
    }
    this.#frames.push(frame)
    this.#bytes += frame.sizeBytes
    return true
  }

  /** The oldest frame, or undefined when nothing waits. */
  shift(): F | undefined {
    if (this.#head >= this.#frames.length) return undefined
    const frame = this.#frames[this.#head]!
    this.#head++
    this.#bytes -= frame.sizeBytes
    if (this.#head === this.#frames.length) {
      this.#frames = []
      this.#head = 0
    } else if (this.#head > 64) {
      this.#frames = this.#frames.slice(this.#head)
      this.#head = 0
    }
    return frame
  }

  /**
   * The reader is too far behind: goes on at the newest key frame that waits, or, when that is the oldest frame, at that
   * alone. With `isKeyStale` a key frame that is the oldest goes, too. What was cut into is dropped up to the next key.
   */
  shed(isKeyStale = false): void {
    let newest = this.#frames.length - 1
    while (newest >= this.#head && !this.#frames[newest]!.isKey) newest--
    const before = this.length
    if (newest > this.#head) this.#frames = this.#frames.slice(newest)
    else {
      this.#frames = newest === this.#head && !isKeyStale ? [this.#frames[newest]!] : []
      this.#isWaitingForKey = true
    }
    this.#head = 0
    this.#bytes = 0
    for (const frame of this.#frames) this.#bytes += frame.sizeBytes
    this.dropped += before - this.length
  }

  peek(): F | undefined {
    return this.#frames[this.#head]
  }

  clear(): void {
    this.#frames = []
    this.#head = 0
    this.#bytes = 0
  }
}

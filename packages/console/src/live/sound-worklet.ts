// SPDX-License-Identifier: Apache-2.0
/**
 * The loudspeaker's end: a ring of samples at 8 kHz. It waits for 120 ms before it begins (and after it ran dry), and
 * throws the oldest away above 400 ms, so that sound stays with the picture.
 */

// The scope of a worklet, which the DOM library does not declare.
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void

const RATE_HZ = 8000
const START_SAMPLES = 0.12 * RATE_HZ
const MAX_SAMPLES = 0.4 * RATE_HZ

class Loudspeaker extends AudioWorkletProcessor {
  #pieces: Float32Array[] = []
  #at = 0
  #held = 0
  #isPlaying = false

  constructor() {
    super()
    this.port.onmessage = (message: MessageEvent<MessagePort>) => {
      message.data.onmessage = (event: MessageEvent<Float32Array>) => this.#take(event.data)
    }
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0]?.[0]
    if (!out) return true
    if (!this.#isPlaying && this.#held >= START_SAMPLES) this.#isPlaying = true
    if (!this.#isPlaying) return true
    for (let i = 0; i < out.length; i++) out[i] = this.#next()
    if (this.#held === 0) this.#isPlaying = false
    return true
  }

  #take(samples: Float32Array): void {
    this.#pieces.push(samples)
    this.#held += samples.length
    while (this.#held > MAX_SAMPLES) this.#next()
  }

  #next(): number {
    const piece = this.#pieces[0]
    if (!piece) return 0
    const sample = piece[this.#at] ?? 0
    this.#held--
    if (++this.#at >= piece.length) {
      this.#pieces.shift()
      this.#at = 0
    }
    return sample
  }
}

registerProcessor('openhmp-loudspeaker', Loudspeaker)

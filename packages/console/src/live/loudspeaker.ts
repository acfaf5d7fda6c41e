// SPDX-License-Identifier: Apache-2.0
/** The page's one loudspeaker: an audio context at G.711's own rate, so that nothing need be resampled. */
import workletUrl from './sound-worklet.ts?worker&url'

export class Loudspeaker {
  #context: AudioContext | undefined
  #node: AudioWorkletNode | undefined

  /** A port to send samples to; the one before falls silent. To be called from a person's gesture the first time. */
  async open(): Promise<MessagePort> {
    if (!this.#context) {
      const context = new AudioContext({ sampleRate: 8000, latencyHint: 'interactive' })
      this.#context = context
      await context.audioWorklet.addModule(workletUrl)
      this.#node = new AudioWorkletNode(context, 'openhmp-loudspeaker', {
        numberOfInputs: 0,
        outputChannelCount: [1],
      })
      this.#node.connect(context.destination)
    }
    void this.#context.resume()
    const { port1, port2 } = new MessageChannel()
    this.#node?.port.postMessage(port1, [port1])
    return port2
  }
}

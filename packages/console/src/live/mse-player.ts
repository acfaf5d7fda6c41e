// SPDX-License-Identifier: Apache-2.0
/** H.264 and H.265 where scripts have no decoder: fragments of one picture each, made here and played by a `video` element on the page. */
import { Fragmenter, initSegment, type Mp4Track } from '@openhmp/protocol/mp4'
import { type AccessUnit, describeParameterSets, selectParameterSets } from '@openhmp/protocol/payload'
import type { Player, PlayerEvents } from './player.ts'

const TRACK = 1

export interface MseOutput {
  /** A new stream begins, of this MIME type with codec. */
  init(mime: string, segment: Uint8Array<ArrayBuffer>): void
  fragment(bytes: Uint8Array<ArrayBuffer>): void
}

export class MsePlayer implements Player {
  readonly transport = 'mse'
  // The element counts what it shows; see View.shown.
  readonly decoded = 0
  dropped = 0
  readonly decodeMs = 0
  readonly #codec: 'h264' | 'h265'
  readonly #events: PlayerEvents
  readonly #output: MseOutput
  #codecString = ''
  #fragmenter: Fragmenter | undefined

  constructor(codec: 'h264' | 'h265', events: PlayerEvents, output: MseOutput) {
    this.#codec = codec
    this.#events = events
    this.#output = output
  }

  push(unit: AccessUnit, parameterSets: readonly Uint8Array[]): boolean {
    try {
      if (unit.isKey && !this.#begin(unit, parameterSets)) return false
      this.#fragmenter?.push(TRACK, unit)
      return true
    } catch {
      this.#events.onFault('decoder')
      return false
    }
  }

  close(): void {
    this.#fragmenter = undefined
  }

  #begin(unit: AccessUnit, parameterSets: readonly Uint8Array[]): boolean {
    const inBand = selectParameterSets(this.#codec, unit.data)
    const sets = inBand.length > 0 ? inBand : parameterSets
    const { codecString, width, height } = describeParameterSets(this.#codec, sets)
    const name = `${codecString} ${width}x${height}`
    if (this.#fragmenter && name === this.#codecString && !unit.parameterSets) return true
    this.#codecString = name
    const track: Mp4Track = { id: TRACK, codec: this.#codec, parameterSets: [...sets] }
    this.#output.init(`video/mp4; codecs="${codecString}"`, own(initSegment([track])))
    this.#fragmenter = new Fragmenter({
      tracks: [track],
      fragmentMs: 1,
      onFragment: (bytes) => this.#output.fragment(own(bytes)),
    })
    return true
  }
}

/** Bytes in a buffer of their own, so that they can be handed over to the page. */
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const copy = new Uint8Array(bytes.length)
  copy.set(bytes)
  return copy
}

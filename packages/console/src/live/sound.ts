// SPDX-License-Identifier: Apache-2.0
/** G.711 of one tile into the AudioWorklet, by a port of its own: the page's main thread never sees a sample. */
import { createDepacketizer, type Depacketizer, decodeAlaw, decodeUlaw } from '@openhmp/protocol/payload'
import { isRtcp, type MediaUnit, RtpPacket, split4571 } from '@openhmp/protocol/rtp'
import { describeMedia, parseSdp } from '@openhmp/protocol/sdp'
import type { OpenStream } from '@openhmp/protocol/session'
import { nextDelay } from './back-off.ts'
import type { ViewTarget } from './messages.ts'
import type { Profile } from './status.ts'
import { openSound, type StreamSource } from './stream.ts'

export class SoundFeed {
  samples = 0
  /** Loudest sample of the latest unit, 0 to 1. */
  peak = 0
  readonly #target: ViewTarget
  readonly #source: StreamSource
  readonly #onSounding: (isSounding: boolean) => void
  #port: MessagePort | undefined
  #profile: Profile = 'main'
  #leave: AbortController | undefined
  #stream: OpenStream | undefined
  #depacketizer: Depacketizer | undefined
  #decode: (bytes: Uint8Array) => Int16Array = decodeAlaw
  #attempt = 0
  #retryAt: number | undefined

  constructor(target: ViewTarget, source: StreamSource, onSounding: (isSounding: boolean) => void) {
    this.#target = target
    this.#source = source
    this.#onSounding = onSounding
  }

  /** On, to this port; or off. */
  set(port: MessagePort | null, profile: Profile): void {
    this.#stop()
    this.#port?.close()
    this.#port = port ?? undefined
    this.#profile = profile
    this.#attempt = 0
    this.#onSounding(port !== null)
    if (port) void this.#start()
  }

  nudge(): void {
    if (this.#port && !this.#leave) void this.#start()
  }

  tick(nowMs: number): void {
    if (this.#retryAt !== undefined && nowMs >= this.#retryAt) void this.#start()
  }

  close(): void {
    this.#stop()
    this.#port?.close()
    this.#port = undefined
  }

  async #start(): Promise<void> {
    this.#stop()
    if (!this.#source.session) return
    const leave = new AbortController()
    this.#leave = leave
    try {
      const stream = await openSound(this.#source, this.#target, this.#profile, {
        signal: leave.signal,
        onSdp: (sdp) => this.#describe(sdp),
        onUnit: (unit) => this.#push(unit),
        onEnd: () => this.#failed(leave),
      })
      if (leave.signal.aborted) await stream.close()
      else this.#stream = stream
    } catch {
      this.#failed(leave)
    }
  }

  #describe(sdp: string): void {
    const codec = describeMedia(parseSdp(sdp)).find((media) => media.kind === 'audio')?.codec
    this.#depacketizer = codec === 'pcma' || codec === 'pcmu' ? createDepacketizer(codec) : undefined
    this.#decode = codec === 'pcmu' ? decodeUlaw : decodeAlaw
  }

  #push(unit: MediaUnit): void {
    const depacketizer = this.#depacketizer
    if (!depacketizer || unit.kind !== 'audio') return
    this.#attempt = 0
    try {
      for (const packet of split4571(unit.payload)) if (!isRtcp(packet)) depacketizer.push(RtpPacket.decode(packet))
    } catch {
      depacketizer.markLoss()
    }
    depacketizer.flush()
    for (let piece = depacketizer.take(); piece; piece = depacketizer.take())
      for (const bytes of piece.data) this.#play(this.#decode(bytes))
  }

  #play(samples: Int16Array): void {
    const floats = new Float32Array(samples.length)
    let peak = 0
    for (let i = 0; i < samples.length; i++) {
      const value = samples[i]! / 32768
      floats[i] = value
      if (Math.abs(value) > peak) peak = Math.abs(value)
    }
    this.peak = peak
    this.samples += samples.length
    this.#port?.postMessage(floats, [floats.buffer])
  }

  #failed(leave: AbortController): void {
    if (leave.signal.aborted || this.#leave !== leave) return
    this.#stop()
    if (this.#port) this.#retryAt = performance.now() + nextDelay(this.#attempt++, Math.random)
  }

  #stop(): void {
    this.#leave?.abort()
    this.#leave = undefined
    this.#retryAt = undefined
    void this.#stream?.close().catch(() => {})
    this.#stream = undefined
  }
}

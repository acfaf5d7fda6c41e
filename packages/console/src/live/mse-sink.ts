// SPDX-License-Identifier: Apache-2.0
/**
 * The page's end of MSE, where the browser has no decoder for scripts: fragments into a `video` element, kept within half
 * a second of their end. The element is made only when it is needed.
 */

/** Farther behind the end of the buffer than this: jump. */
const MAX_BEHIND_S = 1
/** Where a jump lands: near enough to now, with something in hand when a picture is late. */
const LANDING_S = 0.35
/** Played pictures are kept for this long. */
const KEPT_S = 4
/** Fragments that may wait for the source buffer; of more, the stream begins anew at its next key. */
const MAX_WAITING = 240

export class MseSink {
  readonly video = document.createElement('video')
  readonly #onShown: (decoded: number, painted: number) => void
  #source: MediaSource | undefined
  #buffer: SourceBuffer | undefined
  #waiting: Uint8Array<ArrayBuffer>[] = []
  #url = ''

  constructor(onShown: (decoded: number, painted: number) => void) {
    this.#onShown = onShown
    this.video.muted = true
    this.video.autoplay = true
    this.video.playsInline = true
    this.video.tabIndex = -1
  }

  /** A new stream: its MIME type with codec, and its init segment. */
  begin(mime: string, init: Uint8Array<ArrayBuffer>): void {
    this.#release()
    const source = new MediaSource()
    this.#source = source
    this.#waiting = [init]
    this.#url = URL.createObjectURL(source)
    source.addEventListener('sourceopen', () => {
      if (this.#source !== source || source.readyState !== 'open') return
      this.#buffer = source.addSourceBuffer(mime)
      this.#buffer.mode = 'segments'
      this.#buffer.addEventListener('updateend', () => this.#pump())
      this.#pump()
    })
    this.video.src = this.#url
    void this.video.play().catch(() => {})
  }

  push(fragment: Uint8Array<ArrayBuffer>): void {
    if (this.#waiting.length >= MAX_WAITING) this.#waiting.splice(1, this.#waiting.length - 1)
    this.#waiting.push(fragment)
    this.#pump()
  }

  snapshot(): Promise<Blob | undefined> {
    const { videoWidth: width, videoHeight: height } = this.video
    if (width === 0) return Promise.resolve(undefined)
    const canvas = new OffscreenCanvas(width, height)
    canvas.getContext('2d')?.drawImage(this.video, 0, 0)
    return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 })
  }

  close(): void {
    this.#release()
    this.video.remove()
  }

  #pump(): void {
    const buffer = this.#buffer
    if (!buffer || buffer.updating || this.#source?.readyState !== 'open') return
    this.#follow()
    const { buffered } = this.video
    const start = buffered.length > 0 ? buffered.start(0) : 0
    if (this.video.currentTime - start > 2 * KEPT_S) {
      buffer.remove(start, this.video.currentTime - KEPT_S)
      return
    }
    const next = this.#waiting.shift()
    if (!next) return
    try {
      buffer.appendBuffer(next)
    } catch {
      // The buffer is full or the element has failed: the next `begin` starts over.
      this.#waiting = []
    }
  }

  #follow(): void {
    const { video } = this
    const quality = video.getVideoPlaybackQuality()
    this.#onShown(quality.totalVideoFrames, quality.totalVideoFrames - quality.droppedVideoFrames)
    if (video.buffered.length === 0) return
    const end = video.buffered.end(video.buffered.length - 1)
    if (end - video.currentTime > MAX_BEHIND_S) video.currentTime = Math.max(0, end - LANDING_S)
    if (video.paused) void video.play().catch(() => {})
  }

  #release(): void {
    this.#buffer = undefined
    this.#source = undefined
    if (this.#url) URL.revokeObjectURL(this.#url)
    this.#url = ''
    this.video.removeAttribute('src')
  }
}

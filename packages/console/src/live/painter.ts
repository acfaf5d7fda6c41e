// SPDX-License-Identifier: Apache-2.0
/**
 * Paints the newest picture of each view at the screen's own pace. A picture that is overtaken before the screen asks
 * for it is closed unpainted, so a burst (the group that the server kept for us) costs nothing and nothing queues.
 */

/** A decoded picture: a VideoFrame or an ImageBitmap, ours to close. */
export interface Picture {
  readonly source: VideoFrame | ImageBitmap
  readonly width: number
  readonly height: number
}

/** Not every browser gives workers the screen's pace. */
const atNextFrame = (paint: () => void): void => {
  if (typeof requestAnimationFrame === 'function') requestAnimationFrame(paint)
  else setTimeout(paint, 16)
}

const waiting = new Set<Painter>()
let isAsked = false

const paintAll = (): void => {
  isAsked = false
  for (const painter of waiting) painter.paint()
  waiting.clear()
}

export class Painter {
  readonly canvas: OffscreenCanvas
  readonly #context: OffscreenCanvasRenderingContext2D | null
  #next: Picture | undefined
  painted = 0
  overtaken = 0

  constructor(canvas: OffscreenCanvas) {
    this.canvas = canvas
    this.#context = canvas.getContext('2d', { alpha: false, desynchronized: true })
  }

  /** Takes the picture over; it is shown at the next turn of the screen unless a newer one comes. */
  show(picture: Picture): void {
    if (this.#next) {
      this.#next.source.close()
      this.overtaken++
    }
    this.#next = picture
    waiting.add(this)
    if (isAsked) return
    isAsked = true
    atNextFrame(paintAll)
  }

  paint(): void {
    const picture = this.#next
    if (!picture) return
    this.#next = undefined
    if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
      this.canvas.width = picture.width
      this.canvas.height = picture.height
    }
    this.#context?.drawImage(picture.source, 0, 0, picture.width, picture.height)
    picture.source.close()
    this.painted++
  }

  close(): void {
    this.#next?.source.close()
    this.#next = undefined
    waiting.delete(this)
  }
}

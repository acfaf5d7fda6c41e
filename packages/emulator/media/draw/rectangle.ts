// SPDX-License-Identifier: Apache-2.0
/** Parts of a picture, in pixels: left, top, right, bottom. */
export type Rect = [number, number, number, number]

/** Rectangles that touch become one, so that no place is drawn twice. */
export function merge(rects: Rect[]): Rect[] {
  const result: Rect[] = []
  for (const rect of rects) {
    let [x0, y0, x1, y1] = rect
    if (x1 <= x0 || y1 <= y0) continue
    for (let i = 0; i < result.length; i++) {
      const [a0, b0, a1, b1] = result[i]!
      if (a0 < x1 && x0 < a1 && b0 < y1 && y0 < b1) {
        x0 = Math.min(x0, a0)
        y0 = Math.min(y0, b0)
        x1 = Math.max(x1, a1)
        y1 = Math.max(y1, b1)
        result.splice(i, 1)
        i = -1
      }
    }
    result.push([x0, y0, x1, y1])
  }
  return result
}

// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fit, held, MAX_ZOOM, movedBy, shareOf, type ViewBox, zoomAt } from './view-box.ts'

const picture = { width: 2000, height: 1000 }
const stage = { width: 1000, height: 800 }
const length = fc.integer({ min: 50, max: 5000 })
const sizes = fc.record({
  picture: fc.record({ width: length, height: length }),
  stage: fc.record({ width: length, height: length }),
})
const anyView: fc.Arbitrary<ViewBox> = fc.record({
  x: fc.double({ min: -1e5, max: 1e5, noNaN: true }),
  y: fc.double({ min: -1e5, max: 1e5, noNaN: true }),
  scale: fc.double({ min: 1e-3, max: 100, noNaN: true }),
})

describe('the part of a plan that is seen', () => {
  it('is the whole of it at first, in the middle', () => {
    expect(fit(picture, stage)).toEqual({ x: 0, y: 150, scale: 0.5 })
  })

  it('keeps what is under the pointer under it', () => {
    const view = zoomAt(fit(picture, stage), { x: 500, y: 400 }, 2, picture, stage)
    expect(view).toEqual({ x: -500, y: -100, scale: 1 })
    expect(shareOf({ x: 500, y: 400 }, view, picture)).toEqual({ x: 0.5, y: 0.5 })
  })

  it('ends at the closest, and at the whole', () => {
    const whole = fit(picture, stage)
    expect(zoomAt(whole, { x: 0, y: 0 }, 1000, picture, stage).scale).toBe(whole.scale * MAX_ZOOM)
    expect(zoomAt(whole, { x: 0, y: 0 }, 0.001, picture, stage)).toEqual(whole)
  })

  it('leaves no room beside the picture that the picture could fill', () => {
    fc.assert(
      fc.property(sizes, anyView, ({ picture, stage }, view) => {
        const { x, y, scale } = held(view, picture, stage)
        const width = picture.width * scale
        const height = picture.height * scale
        expect(x <= 1e-6 || Math.abs(x - (stage.width - width) / 2) < 1e-6).toBe(true)
        expect(x + width >= stage.width - 1e-6 || Math.abs(x - (stage.width - width) / 2) < 1e-6).toBe(true)
        expect(y + height >= stage.height - 1e-6 || Math.abs(y - (stage.height - height) / 2) < 1e-6).toBe(true)
        const again = held({ x, y, scale }, picture, stage)
        for (const name of ['x', 'y', 'scale'] as const) expect(again[name]).toBeCloseTo({ x, y, scale }[name], 6)
      }),
    )
  })

  it('moves, and not over the edge', () => {
    const view = zoomAt(fit(picture, stage), { x: 500, y: 400 }, 2, picture, stage)
    expect(movedBy(view, { x: 100, y: -50 }, picture, stage)).toEqual({ x: -400, y: -150, scale: 1 })
    expect(movedBy(view, { x: 9999, y: 9999 }, picture, stage)).toEqual({ x: 0, y: 0, scale: 1 })
  })
})

// SPDX-License-Identifier: Apache-2.0
/** Where a moving camera looks: nothing runs, its position at any moment follows from the last order. Units are the wire's: tenths. */

/** Tenths of a degree; tenths of a time. */
export interface HeadPosition {
  readonly azimuth: number
  readonly elevation: number
  readonly zoom: number
}

/** At full speed, a second. */
const PAN_SPEED = 900
const TILT_SPEED = 600
const ZOOM_SPEED = 60
export const ELEVATION = { least: -50, most: 900 } as const
export const ZOOM = { least: 10, most: 250 } as const
const TURN = 3600

interface Move {
  readonly from: HeadPosition
  readonly fromMs: number
  /** Per second. */
  readonly speed: HeadPosition
  /** Each axis stands still after so long. */
  readonly forMs: HeadPosition
}

const still: HeadPosition = { azimuth: 0, elevation: 0, zoom: 0 }
const all = (value: number): HeadPosition => ({ azimuth: value, elevation: value, zoom: value })
const within = (value: number, { least, most }: { least: number; most: number }) =>
  Math.min(most, Math.max(least, value))

/** One head. Times are of a monotonic clock. */
export class PtzHead {
  #move: Move

  constructor(nowMs: number) {
    const from = { azimuth: 0, elevation: 150, zoom: 10 }
    this.#move = { from, fromMs: nowMs, speed: still, forMs: still }
  }

  /** Rounded to what the wire carries. */
  at(nowMs: number): HeadPosition {
    const { from, fromMs, speed, forMs } = this.#move
    const gone = (axis: keyof HeadPosition) => (speed[axis] * Math.min(Math.max(0, nowMs - fromMs), forMs[axis])) / 1000
    return {
      azimuth: Math.round((((from.azimuth + gone('azimuth')) % TURN) + TURN) % TURN) % TURN,
      elevation: Math.round(within(from.elevation + gone('elevation'), ELEVATION)),
      zoom: Math.round(within(from.zoom + gone('zoom'), ZOOM)),
    }
  }

  /** Speeds from -100 to 100; on and on without `forMs`. */
  move(nowMs: number, speeds: { pan: number; tilt: number; zoom: number }, forMs = Number.POSITIVE_INFINITY): void {
    const speed = {
      azimuth: (speeds.pan * PAN_SPEED) / 100,
      elevation: (speeds.tilt * TILT_SPEED) / 100,
      zoom: (speeds.zoom * ZOOM_SPEED) / 100,
    }
    this.#move = { from: this.at(nowMs), fromMs: nowMs, speed, forMs: all(forMs) }
  }

  /** To a position by the shorter way, each axis at full speed. */
  goTo(nowMs: number, to: HeadPosition): void {
    const from = this.at(nowMs)
    const round = (((to.azimuth - from.azimuth) % TURN) + TURN) % TURN
    const way = {
      azimuth: round > TURN / 2 ? round - TURN : round,
      elevation: to.elevation - from.elevation,
      zoom: to.zoom - from.zoom,
    }
    const full = { azimuth: PAN_SPEED, elevation: TILT_SPEED, zoom: ZOOM_SPEED }
    const axes = ['azimuth', 'elevation', 'zoom'] as const
    const of = (each: (axis: keyof HeadPosition) => number) =>
      Object.fromEntries(axes.map((axis) => [axis, each(axis)])) as unknown as HeadPosition
    this.#move = {
      from,
      fromMs: nowMs,
      speed: of((axis) => Math.sign(way[axis]) * full[axis]),
      forMs: of((axis) => (Math.abs(way[axis]) / full[axis]) * 1000),
    }
  }
}

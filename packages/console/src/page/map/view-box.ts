// SPDX-License-Identifier: Apache-2.0
/** Which part of a picture is seen in a stage: fitted, zoomed at a point, moved. Pure; lengths in pixels of the screen. */

export interface Size {
  readonly width: number
  readonly height: number
}
export interface Point {
  readonly x: number
  readonly y: number
}
/** Where the picture's upper left corner lies in the stage, and how many pixels of the screen one of its own takes. */
export interface ViewBox extends Point {
  readonly scale: number
}

/** How much closer than the whole picture one can go. */
export const MAX_ZOOM = 8

const fitScale = (picture: Size, stage: Size): number =>
  Math.min(stage.width / picture.width, stage.height / picture.height)

/** The whole picture, in the middle. */
export const fit = (picture: Size, stage: Size): ViewBox => held({ x: 0, y: 0, scale: 0 }, picture, stage)

/** Neither smaller than the stage nor too close; what is smaller than the stage is in the middle, what is larger fills it. */
export const held = ({ x, y, scale }: ViewBox, picture: Size, stage: Size): ViewBox => {
  const least = fitScale(picture, stage)
  const kept = Math.min(Math.max(scale, least), least * MAX_ZOOM)
  return {
    x: heldAlong(x, picture.width * kept, stage.width),
    y: heldAlong(y, picture.height * kept, stage.height),
    scale: kept,
  }
}

const heldAlong = (start: number, length: number, room: number): number =>
  length <= room ? (room - length) / 2 : Math.min(0, Math.max(start, room - length))

/** Closer by `factor`; what is under `at` stays under it as far as the edges allow. */
export const zoomAt = (view: ViewBox, at: Point, factor: number, picture: Size, stage: Size): ViewBox => {
  const least = fitScale(picture, stage)
  const scale = Math.min(Math.max(view.scale * factor, least), least * MAX_ZOOM)
  const ratio = scale / view.scale
  return held({ x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio, scale }, picture, stage)
}

/** Moved by so much. */
export const movedBy = (view: ViewBox, by: Point, picture: Size, stage: Size): ViewBox =>
  held({ ...view, x: view.x + by.x, y: view.y + by.y }, picture, stage)

/** A point of the stage, in shares of the picture; never outside of it. */
export const shareOf = (at: Point, view: ViewBox, picture: Size): Point => ({
  x: Math.min(Math.max((at.x - view.x) / (picture.width * view.scale), 0), 1),
  y: Math.min(Math.max((at.y - view.y) / (picture.height * view.scale), 0), 1),
})

// SPDX-License-Identifier: Apache-2.0
/**
 * Which camera stands in which cell. Until somebody places one, the wall fills by itself with all cameras in the order of
 * the list; from then on it stays as it was arranged. Kept in this browser, because a wall belongs to a place.
 */

export const sizes = [1, 4, 9, 16] as const
export type Size = (typeof sizes)[number]

/** Cells that are remembered: four pages of sixteen. */
const MAX_CELLS = 64

export interface WallState {
  readonly size: Size
  /** Camera keys by cell, over all pages; null: filled by itself. */
  readonly cells: readonly (string | null)[] | null
  readonly page: number
  readonly hasEvents: boolean
  readonly hasCameras: boolean
}

export const firstWall = (cameraCount: number): WallState => ({
  size: sizes.find((size) => size >= cameraCount) ?? 16,
  cells: null,
  page: 0,
  hasEvents: true,
  hasCameras: false,
})

const allCells = (wall: WallState, cameras: readonly string[]): readonly (string | null)[] => wall.cells ?? cameras

/** How many pages there are to turn; at least one. */
export const pagesOf = (wall: WallState, cameras: readonly string[]): number => {
  const cells = allCells(wall, cameras)
  const used = cells.findLastIndex((key) => key !== null) + 1
  return Math.max(1, Math.ceil(used / wall.size))
}

/** The cells of the page on show, always as many as the layout has. Cameras that no longer exist leave an empty cell. */
export const cellsOnShow = (wall: WallState, cameras: readonly string[]): (string | null)[] => {
  const cells = allCells(wall, cameras)
  const known = new Set(cameras)
  const page = Math.min(wall.page, pagesOf(wall, cameras) - 1)
  return Array.from({ length: wall.size }, (_, i) => {
    const key = cells[page * wall.size + i] ?? null
    return key !== null && known.has(key) ? key : null
  })
}

const arranged = (wall: WallState, cameras: readonly string[]): (string | null)[] => {
  const cells = allCells(wall, cameras).slice(0, MAX_CELLS)
  return [...cells, ...Array.from({ length: MAX_CELLS - cells.length }, () => null)]
}

/** Puts a camera (or nothing) into a cell of the page on show. A camera that stands elsewhere on this page changes places. */
export const place = (wall: WallState, cameras: readonly string[], cell: number, key: string | null): WallState => {
  const cells = arranged(wall, cameras)
  const first = Math.min(wall.page, pagesOf(wall, cameras) - 1) * wall.size
  const at = first + cell
  const from = key === null ? -1 : cells.findIndex((other, i) => other === key && i >= first && i < first + wall.size)
  if (from >= 0 && from !== at) cells[from] = cells[at] ?? null
  cells[at] = key
  return { ...wall, cells }
}

/** Another layout; the first picture on show stays on show. */
export const resize = (wall: WallState, size: Size): WallState => ({
  ...wall,
  size,
  page: Math.floor((wall.page * wall.size) / size),
})

export const turn = (wall: WallState, cameras: readonly string[], by: 1 | -1): WallState => {
  const pages = pagesOf(wall, cameras)
  return { ...wall, page: (Math.min(wall.page, pages - 1) + by + pages) % pages }
}

/** The cell that an arrow key leads to; the same one at the edge. */
export const neighbour = (cell: number, size: Size, key: string): number => {
  const side = Math.sqrt(size)
  const [row, column] = [Math.floor(cell / side), cell % side]
  if (key === 'ArrowLeft') return column > 0 ? cell - 1 : cell
  if (key === 'ArrowRight') return column < side - 1 ? cell + 1 : cell
  if (key === 'ArrowUp') return row > 0 ? cell - side : cell
  if (key === 'ArrowDown') return row < side - 1 ? cell + side : cell
  return cell
}

/** What was kept, if it can still be read; undefined for anything strange. */
export const readWall = (text: string | null): WallState | undefined => {
  try {
    const value = JSON.parse(text ?? 'null') as Partial<WallState> | null
    if (!value || !sizes.some((size) => size === value.size)) return undefined
    const cells = Array.isArray(value.cells)
      ? value.cells.slice(0, MAX_CELLS).map((key: unknown) => (typeof key === 'string' ? key : null))
      : null
    const page = Number.isInteger(value.page) && (value.page ?? 0) >= 0 ? (value.page ?? 0) : 0
    return {
      size: value.size as Size,
      cells,
      page,
      hasEvents: value.hasEvents !== false,
      hasCameras: value.hasCameras === true,
    }
  } catch {
    return undefined
  }
}

// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { cellsOnShow, firstWall, neighbour, pagesOf, place, readWall, resize, turn } from './wall-state.ts'

const cameras = ['a/1', 'b/1', 'c/1', 'd/1', 'e/1', 'f/1']

describe('the wall', () => {
  it('starts with a layout that holds all cameras', () => {
    expect([0, 1, 2, 4, 5, 10, 40].map((count) => firstWall(count).size)).toEqual([1, 1, 4, 4, 9, 16, 16])
  })
  it('fills by itself and turns pages', () => {
    const wall = { ...firstWall(0), size: 4 as const }
    expect(cellsOnShow(wall, cameras)).toEqual(['a/1', 'b/1', 'c/1', 'd/1'])
    expect(pagesOf(wall, cameras)).toBe(2)
    const second = turn(wall, cameras, 1)
    expect(cellsOnShow(second, cameras)).toEqual(['e/1', 'f/1', null, null])
    expect(turn(second, cameras, 1).page).toBe(0)
    expect(turn(wall, cameras, -1).page).toBe(1)
  })
  it('stays as it was arranged', () => {
    const wall = place({ ...firstWall(0), size: 4 as const }, cameras, 3, 'f/1')
    expect(cellsOnShow(wall, cameras)).toEqual(['a/1', 'b/1', 'c/1', 'f/1'])
    expect(cellsOnShow(wall, [...cameras, 'g/1'])).toEqual(['a/1', 'b/1', 'c/1', 'f/1'])
  })
  it('lets two cameras change places', () => {
    const wall = place({ ...firstWall(0), size: 4 as const }, cameras, 0, 'c/1')
    expect(cellsOnShow(wall, cameras)).toEqual(['c/1', 'b/1', 'a/1', 'd/1'])
  })
  it('leaves the cell of a removed camera empty', () => {
    const wall = place({ ...firstWall(0), size: 4 as const }, cameras, 1, null)
    expect(cellsOnShow(wall, cameras.slice(1))).toEqual([null, null, 'c/1', 'd/1'])
  })
  it('keeps the first picture on show when the layout changes', () => {
    const wall = { ...firstWall(0), size: 1 as const, page: 5 }
    expect(cellsOnShow(resize(wall, 4), cameras)[1]).toBe('f/1')
  })
  it.each([
    [0, 'ArrowLeft', 0],
    [0, 'ArrowRight', 1],
    [1, 'ArrowDown', 3],
    [3, 'ArrowDown', 3],
    [3, 'ArrowUp', 1],
    [1, 'Tab', 1],
  ])('goes from cell %d by %s to %d', (cell, key, to) => {
    expect(neighbour(cell, 4, key)).toBe(to)
  })
  it.each([null, '', '{', '[]', '{"size":5}', '7'])('does not trust what was kept: %s', (text) => {
    expect(readWall(text)).toBeUndefined()
  })
  it('reads back what it keeps', () => {
    const wall = place(firstWall(6), cameras, 1, 'f/1')
    expect(readWall(JSON.stringify(wall))).toEqual(wall)
  })
})

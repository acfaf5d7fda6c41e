// SPDX-License-Identifier: Apache-2.0
import { MAX_PLACED } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import type { Camera } from '../../part/cameras.ts'
import { change, keyed, type Placed, put } from './draft.ts'

const camera = (channel: number) =>
  ({ key: `d/${channel}`, name: 'c', device: { id: 'd' }, channel: { id: channel } }) as unknown as Camera
const one = put([], camera(1), { x: 0.5, y: 0.25 })

describe('cameras being placed', () => {
  it('are put once, and moved when put again', () => {
    expect(one).toEqual([{ device: 'd', channel: 1, x: 0.5, y: 0.25, direction: 0, angle: 90 }])
    expect(put(one, camera(1), { x: 0.1, y: 1.2 })).toMatchObject([{ x: 0.1, y: 1 }])
    expect(put(one, camera(2), { x: 0, y: 0 })).toHaveLength(2)
  })

  it('are no more than a plan takes', () => {
    let placed: Placed = []
    for (let i = 1; i <= MAX_PLACED + 3; i++) placed = put(placed, camera(i), { x: 0, y: 0 })
    expect(placed).toHaveLength(MAX_PLACED)
  })

  it.each([
    [-10, 350],
    [360, 0],
    [725.4, 5],
  ])('turned to %d degrees look at %d', (told, is) => {
    expect(change(one, 'd/1', { direction: told })[0]?.direction).toBe(is)
  })

  it.each([
    ['ArrowLeft', { x: 0.495 }],
    ['ArrowRight', { x: 0.505 }],
    ['ArrowUp', { y: 0.245 }],
    ['ArrowDown', { y: 0.255 }],
    ['[', { direction: 355 }],
    [']', { direction: 5 }],
  ])('obey %s', (pressed, now) => expect(keyed(one, 'd/1', pressed)).toMatchObject([now]))

  it('go away with Delete, and do not know other keys', () => {
    expect(keyed(one, 'd/1', 'Delete')).toEqual([])
    expect(keyed(one, 'd/1', 'q')).toBeUndefined()
    expect(keyed(one, 'd/9', 'Delete')).toBeUndefined()
  })
})

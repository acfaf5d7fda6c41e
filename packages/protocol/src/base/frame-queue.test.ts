// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { FrameQueue, type QueuedFrame } from './frame-queue.ts'

const frame = (isKey: boolean, sizeBytes = 10): QueuedFrame => ({ isKey, sizeBytes })
const drain = (queue: FrameQueue<QueuedFrame>): boolean[] => {
  const keys: boolean[] = []
  for (let next = queue.shift(); next; next = queue.shift()) keys.push(next.isKey)
  return keys
}

describe('the queue of one reader', () => {
  it('drops what does not fit, and all up to the next key frame', () => {
    const queue = new FrameQueue<QueuedFrame>(30)
    expect([true, false, false, false, false].map((isKey) => queue.push(frame(isKey)))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
    queue.shift()
    expect(queue.push(frame(false))).toBe(false)
    expect(queue.isWaitingForKey).toBe(true)
    expect(queue.push(frame(true))).toBe(true)
    expect([queue.dropped, queue.length, queue.sizeBytes]).toEqual([3, 3, 30])
  })

  it('throws away what waits for a key frame that does not fit, and takes one of any size when empty', () => {
    const queue = new FrameQueue<QueuedFrame>(30)
    for (const isKey of [true, false, false, true]) queue.push(frame(isKey))
    expect(drain(queue)).toEqual([true])
    expect(queue.dropped).toBe(3)
    expect(queue.push(frame(true, 1000))).toBe(true)
  })

  it.each([
    ['goes on at the newest key', [true, false, true, false], false, [true, false], 2],
    ['keeps a key that is the oldest, alone', [true, false, false], false, [true], 2],
    ['lets a stale key go, too', [true, false], true, [], 2],
    ['drops a group whose key has gone', [false, false], false, [], 2],
  ])('%s when shed', (_, frames, isKeyStale, left, dropped) => {
    const queue = new FrameQueue<QueuedFrame>(1000)
    for (const isKey of frames) queue.push(frame(isKey))
    queue.shed(isKeyStale)
    expect(queue.sizeBytes).toBe(10 * left.length)
    expect(drain(queue)).toEqual(left)
    expect(queue.dropped).toBe(dropped)
  })
})

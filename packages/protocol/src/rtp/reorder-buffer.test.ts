// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeRtp, RtpPacket } from './packet.ts'
import { MAX_REORDER_DEPTH, ReorderBuffer } from './reorder-buffer.ts'

const rtp = (sequence: number, ssrc = 1): Uint8Array =>
  encodeRtp({ sequence, ssrc, timestamp: 0, marker: false, payloadType: 96, payload: new Uint8Array(1) })

const buffer = (options: { depth?: number; maxHoldMs?: number } = {}) => {
  const out: (number | string)[] = []
  const made = new ReorderBuffer({
    ...options,
    onPacket: (packet) => out.push(RtpPacket.decode(packet).sequence),
    onLoss: (count) => out.push(`-${count}`),
  })
  return { made, out }
}

describe('packets put in order', () => {
  it('passes what is in order straight through, over the wrap', () => {
    const { made, out } = buffer()
    for (const sequence of [65534, 65535, 0, 1]) made.push(rtp(sequence), 0)
    expect(out).toEqual([65534, 65535, 0, 1])
    expect(made.waiting).toBe(0)
  })

  it('holds what is early until what is missing comes', () => {
    const { made, out } = buffer()
    for (const sequence of [1, 3, 4, 6, 2]) made.push(rtp(sequence), 0)
    expect(out).toEqual([1, 2, 3, 4])
    made.push(rtp(5), 0)
    expect(out).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('calls a gap a loss when the wait is over', () => {
    const { made, out } = buffer({ maxHoldMs: 50 })
    made.push(rtp(1), 0)
    made.push(rtp(4), 10)
    made.push(rtp(6), 30)
    made.tick(59)
    expect(out).toEqual([1])
    made.tick(60)
    expect(out).toEqual([1, '-2', 4])
    made.tick(80)
    expect(out).toEqual([1, '-2', 4, '-1', 6])
  })

  it('gives up the oldest gap when the buffer is full', () => {
    const { made, out } = buffer({ depth: 4 })
    for (const sequence of [1, 3, 4, 5, 6]) made.push(rtp(sequence), 0)
    expect(out).toEqual([1, '-1', 3, 4, 5, 6])
    made.push(rtp(20), 0)
    expect(out.slice(6)).toEqual(['-10'])
    made.flush()
    expect(out.slice(6)).toEqual(['-10', '-3', 20])
  })

  it('drops what is late, double or no RTP', () => {
    const { made, out } = buffer()
    for (const sequence of [1, 2, 1, 4, 4]) made.push(rtp(sequence), 0)
    made.push(new Uint8Array(3), 0)
    expect(out).toEqual([1, 2])
    expect(made.discarded).toBe(3)
  })

  it('follows a sender that begins anew', () => {
    const { made, out } = buffer()
    for (const packet of [rtp(1), rtp(3), rtp(30_000), rtp(7, 2)]) made.push(packet, 0)
    expect(out).toEqual([1, '-1', 3, '-1', 30_000, 7])
  })

  it('never holds more than its depth, and gives each packet at most once in order', () => {
    const { made } = buffer({ depth: 1e9 })
    for (let i = 0; i < 3 * MAX_REORDER_DEPTH; i++) made.push(rtp(2 * i), 0)
    expect(made.waiting).toBeLessThanOrEqual(MAX_REORDER_DEPTH)
    const jumble = fc.array(fc.integer({ min: 65_500, max: 65_598 }), { maxLength: 80 })
    fc.assert(
      fc.property(jumble, fc.integer({ min: 1, max: 32 }), (sequences, depth) => {
        const { made, out } = buffer({ depth })
        for (const [now, sequence] of sequences.entries()) made.push(rtp(sequence & 0xffff), now)
        made.flush()
        let next: number | undefined
        for (const entry of out) {
          if (typeof entry === 'string') next = (next ?? 0) - Number(entry)
          else {
            if (next !== undefined) expect(entry).toBe(next & 0xffff)
            next = entry + 1
          }
        }
        expect(out.filter((entry) => typeof entry === 'number').length + made.discarded).toBe(sequences.length)
      }),
    )
  })
})

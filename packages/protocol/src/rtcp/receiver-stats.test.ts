// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { ReceiverStats } from './receiver-stats.ts'

const fed = (sequences: readonly number[], clockRateHz = 8000): ReceiverStats => {
  const stats = new ReceiverStats(clockRateHz)
  for (const [i, sequence] of sequences.entries()) stats.push(7, sequence, 160 * i, 20 * i)
  return stats
}

describe('receiver statistics, RFC 3550 appendix A', () => {
  it('has nothing to report before the first packet', () => {
    expect(new ReceiverStats(8000).report(0)).toBeUndefined()
  })

  it('counts loss over the wrap, per interval and in all', () => {
    const stats = fed([65533, 65534, 1, 2])
    expect(stats.report(0)).toMatchObject({
      ssrc: 7,
      cumulativeLost: 2,
      fractionLost: 85,
      highestSequence: 0x1_0002,
      jitter: 0,
    })
    stats.push(7, 3, 800, 100)
    expect(stats.report(0)).toMatchObject({ cumulativeLost: 2, fractionLost: 0 })
  })

  it('takes late and double packets as received', () => {
    expect(fed([1, 2, 4, 3, 3]).lost).toBe(-1)
  })

  it('believes a far jump at its second packet', () => {
    const stats = fed([1, 2, 30_000])
    expect(stats.received).toBe(2)
    stats.push(7, 30_001, 0, 0)
    expect(stats.report(0)).toMatchObject({ highestSequence: 30_001, cumulativeLost: 0 })
  })

  it('smooths jitter', () => {
    const stats = new ReceiverStats(8000)
    stats.push(7, 1, 0, 0)
    stats.push(7, 2, 160, 40) // 20 ms late: 160 ticks / 16
    expect(stats.report(0)?.jitter).toBe(10)
    expect(stats.jitterMs).toBe(1.25)
  })

  it('sees no jitter where the timestamp wraps', () => {
    const stats = new ReceiverStats(8000)
    stats.push(7, 1, 0xffff_ffff - 159, 0)
    stats.push(7, 2, 0, 20)
    expect(stats.jitterMs).toBe(0)
  })

  it('says how long ago the last sender report was', () => {
    const stats = fed([1])
    const report = { kind: 'senderReport', ssrc: 7, ntpSeconds: 0x1234_5678, ntpFraction: 0x9abc_def0 } as const
    stats.pushSenderReport({ ...report, rtpTimestamp: 0, packetCount: 0, octetCount: 0, reports: [] }, 1000)
    expect(stats.report(1500)).toMatchObject({ lastSenderReport: 0x5678_9abc, delaySinceLastSenderReport: 32_768 })
  })
})

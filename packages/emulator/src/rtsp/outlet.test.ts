// SPDX-License-Identifier: Apache-2.0
import { decodeRtcp } from '@openhmp/protocol/rtcp'
import { encodeRtp, RtpPacket } from '@openhmp/protocol/rtp'
import { describe, expect, it } from 'vitest'
import { ClipTrack } from '../media/clip.ts'
import type { LiveUnit } from '../media/live.ts'
import { RtpStamp } from '../media/stamp.ts'
import { type Carrier, interleavedCarrier, MAX_WAITING_BYTES, Outlet, REPORT_INTERVAL_MS } from './outlet.ts'

const track = new ClipTrack({
  codec: 'h264',
  units: [{ ticks: 0, isKey: true, data: [Uint8Array.of(0x65)] }],
  loopTicks: 3600,
})
const template = encodeRtp({
  sequence: 0,
  timestamp: 0,
  ssrc: 0,
  marker: true,
  payloadType: 96,
  payload: new Uint8Array(1000),
})
const unit = (isKey: boolean, wallMs = 0): LiveUnit => ({
  track,
  unit: { ticks: 0, isKey, data: [] },
  timestamp: 900,
  wallMs,
  packets: [template, template],
})

const outletOver = (carrier: Carrier) => {
  const stamp = new RtpStamp(7, 65_535)
  return new Outlet({ carrier, stamp, cname: 'camera', driftMs: 1000 })
}

describe('a track on its way to one client', () => {
  it('sheds whole pictures up to the next key picture when too much waits', () => {
    let waitingBytes = 0
    const keys: boolean[] = []
    const outlet = outletOver({
      get waitingBytes() {
        return waitingBytes
      },
      sendUnit: (sent) => keys.push(sent.unit.isKey),
    })
    outlet.send(unit(true))
    waitingBytes = MAX_WAITING_BYTES
    outlet.send(unit(false))
    waitingBytes = 0
    outlet.send(unit(false))
    outlet.send(unit(true))
    outlet.send(unit(false))
    expect(keys).toEqual([true, true, false])
    expect(outlet.stats).toEqual({ sent: 3, shed: 2 })
  })

  it('reports at the start and every five seconds, with the time of the picture', () => {
    const reports: (Uint8Array | undefined)[] = []
    const outlet = outletOver({ waitingBytes: 0, sendUnit: (_unit, _stamp, report) => reports.push(report) })
    for (const at of [0, 40, REPORT_INTERVAL_MS, REPORT_INTERVAL_MS + 40]) outlet.send(unit(true, at))
    expect(reports.map((report) => report !== undefined)).toEqual([true, false, true, false])
    expect(decodeRtcp(reports[0]!)).toMatchObject([
      { kind: 'senderReport', ssrc: 7, ntpSeconds: 2_208_988_801, rtpTimestamp: 900 },
      { kind: 'description', chunks: [{ ssrc: 7, items: [{ type: 1, text: 'camera' }] }] },
    ])
  })

  it('writes a unit at once, in the connection', () => {
    const writes: Uint8Array[] = []
    const carrier = interleavedCarrier({
      write: (bytes) => writes.push(bytes),
      waitingBytes: () => 0,
      channels: [2, 3],
      loses: undefined,
    })
    outletOver(carrier).send(unit(true))
    expect(writes.map((bytes) => [bytes[0], bytes[1]])).toEqual([
      [0x24, 3],
      [0x24, 2],
    ])
    const packet = RtpPacket.decode(writes[1]!.subarray(4, 4 + template.length))
    expect([packet.sequence, packet.timestamp, packet.ssrc]).toEqual([65_535, 900, 7])
    expect(writes[1]).toHaveLength(2 * (4 + template.length))
  })

  it('loses single packets when told to', () => {
    const writes: Uint8Array[] = []
    let n = 0
    const carrier = interleavedCarrier({
      write: (bytes) => writes.push(bytes),
      waitingBytes: () => 0,
      channels: [0, 1],
      loses: () => n++ % 2 === 0,
    })
    outletOver(carrier).send(unit(true))
    expect(writes[1]).toHaveLength(4 + template.length)
    expect(RtpPacket.decode(writes[1]!.subarray(4)).sequence).toBe(0)
  })
})

// SPDX-License-Identifier: Apache-2.0
/** Targets: RTP, RTCP, RFC 4571, units, depacketizers, parameter sets, JPEG and MP4 files. */
import { readFileSync } from 'node:fs'
import { u16, WireError } from '@openhmp/protocol/base'
import { fragment, initSegment, readBoxes, readSamples } from '@openhmp/protocol/mp4'
import {
  createDepacketizer,
  createPacketizer,
  decodeAlaw,
  decodeDecoderConfiguration,
  decodeUlaw,
  describeParameterSets,
  encodeDecoderConfiguration,
  parseJpeg,
  splitAnnexB,
  splitLengthPrefixed,
} from '@openhmp/protocol/payload'
import { decodeRtcp, ReceiverStats } from '@openhmp/protocol/rtcp'
import {
  type CodecName,
  encodeRtp,
  frame4571,
  isRtcp,
  ReorderBuffer,
  RtpPacket,
  split4571,
  UnitAssembler,
} from '@openhmp/protocol/rtp'
import { bytes, COLD_RUNS, type FuzzTarget, HOT_RUNS } from '../target.ts'

const rtpSeeds = [
  bytes('80e0 0001 00000064 deadbeef 6588'),
  bytes('a060 ffff ffffffff 00000001 41 000003'),
  bytes('90e0 0001 00000064 deadbeef 4856 0001 01020304 6588'),
  bytes('82e0 0001 00000064 deadbeef 00000001 00000002 6588'),
]
const rtcpSeeds = [
  bytes('80c80006 00000007 83aa7e80 80000000 00000064 00000001 00000578 81ca0003 00000007 0103 636d73 000000'),
  bytes('81c90007 00000008 0cb32b85 40ffffff 00010005 0000005a 7e808000 00010000'),
  bytes('82ca0006 00000007 0102 6361 00000000 00000008 0103 636d73 000000'),
  bytes('a1cb0003 00000007 03656e64 00000004 81cd0002 00000007 00000008'),
]

/** Framed packets, read as far as they can be: a bad length ends the list, as the end of a capture does. */
const piecesOf = (input: Uint8Array): Uint8Array[] => {
  const pieces: Uint8Array[] = []
  for (let at = 0; at + 2 <= input.length; ) {
    const end = Math.min(at + 2 + u16(input, at), input.length)
    pieces.push(input.subarray(at + 2, end))
    at = end
  }
  return pieces
}

const nal = (first: number, size: number): Uint8Array => new Uint8Array(size).fill(0xab).fill(first, 0, 1)
const h264Sets = [bytes('67640028acd940780227e5c044000003000400000300c83c60c658'), bytes('68ebe3cb22c0')]
const h265Sets = [
  bytes('40010c01ffff016000000300900000030000030078959809'),
  bytes('420101016000000300900000030000030078a003c08010e596566924caf0168080000003008000000c84'),
  bytes('4401c172b46240'),
]

/** Pictures as packets; the limit is low, so that the seeds hold fragments and stay short. */
const packetsOf = (codec: CodecName, units: readonly (readonly Uint8Array[])[], isAggregating: boolean): Uint8Array => {
  const options = { payloadType: 96, ssrc: 7, sequence: 65_534, maxPacketBytes: 100, isAggregating }
  const packetizer = createPacketizer(codec, options)
  return frame4571(units.flatMap((data, i) => packetizer.packetize({ data }, 3600 * i)))
}

/** RFC 2435 by hand: type 1, 32 x 16 pixels, with the tables in band and by number. */
const jpegPackets = (q: string, tables: string): Uint8Array => {
  const header = (offset: string) => `00${offset}01${q}0402`
  const payloads = [`${header('000000')}${tables}${'5a'.repeat(40)}`, `${header('000028')}${'a5'.repeat(40)}`]
  return frame4571(
    payloads.map((payload, i) =>
      encodeRtp({ payloadType: 26, ssrc: 7, sequence: i, timestamp: 0, marker: i === 1, payload: bytes(payload) }),
    ),
  )
}
const jpegSeeds = [jpegPackets('32', ''), jpegPackets('ff', `00000080${'10'.repeat(128)}`)]

/** Feeds packets and takes units; single bad packets are told and passed over, as the player does. */
const depacketize = (codec: CodecName, input: Uint8Array): void => {
  const depacketizer = createDepacketizer(codec)
  let fault: WireError | undefined
  for (const piece of piecesOf(input)) {
    try {
      depacketizer.push(RtpPacket.decode(piece))
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      fault = error
      depacketizer.markLoss()
    }
    while (depacketizer.take()) {
      // as many as there are
    }
  }
  depacketizer.flush()
  depacketizer.take()
  if (fault) throw fault
}

const depacketizer = (codec: CodecName, seeds: readonly Uint8Array[]): FuzzTarget => ({
  name: codec === 'pcma' ? 'g711' : codec,
  testRuns: COLD_RUNS,
  seeds,
  run: (input) => depacketize(codec, input),
})

const jpegFile = (): Uint8Array => {
  const reader = createDepacketizer('mjpeg')
  for (const packet of split4571(jpegSeeds[1]!)) reader.push(RtpPacket.decode(packet))
  return reader.take()!.data[0]!
}

const fileOf = (name: string): Uint8Array =>
  readFileSync(new URL(`../../../packages/protocol/vectors/${name}`, import.meta.url))

const mp4File = (): Uint8Array => {
  const tracks = [{ id: 1, codec: 'h264', parameterSets: h264Sets } as const, { id: 2, codec: 'pcma' } as const]
  const samples = [{ parts: [nal(0x65, 20)], durationTicks: 3600, isKey: true }]
  const parts = [initSegment(tracks), fragment(1, [{ trackId: 1, startTicks: 0, samples }])]
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

export const mediaTargets: readonly FuzzTarget[] = [
  {
    name: 'rtp',
    testRuns: HOT_RUNS,
    seeds: rtpSeeds,
    maxBytes: 128,
    run: (input) => {
      if (!isRtcp(input)) RtpPacket.decode(input)
    },
  },
  {
    name: 'rtcp',
    testRuns: HOT_RUNS,
    seeds: rtcpSeeds,
    maxBytes: 256,
    run: (input) => {
      decodeRtcp(input)
    },
  },
  {
    name: 'rfc4571',
    testRuns: HOT_RUNS,
    seeds: [frame4571(rtpSeeds), frame4571([rtcpSeeds[0]!, rtpSeeds[0]!]), bytes('0000 0001 41')],
    maxBytes: 256,
    run: (input) => {
      split4571(input)
    },
  },
  {
    name: 'units',
    testRuns: COLD_RUNS,
    seeds: [
      frame4571([rtcpSeeds[0]!, ...rtpSeeds]),
      packetsOf('h264', [[...h264Sets, nal(0x65, 200)], [nal(0x41, 150)]], true),
      packetsOf('h265', [[...h265Sets, nal(0x26, 200)], [nal(0x02, 150)]], true),
      packetsOf('pcma', [[nal(0xd5, 200)]], false),
    ],
    run: (input) => {
      const stats = new ReceiverStats(90_000)
      for (const codec of ['h264', 'h265', 'mjpeg', 'pcma'] as const) {
        const assembler = new UnitAssembler({ codec, onUnit: (unit) => split4571(unit.payload) })
        const inOrder = new ReorderBuffer({
          depth: 8,
          onPacket: (p) => assembler.push(p),
          onLoss: () => assembler.markLoss(),
        })
        for (const [now, piece] of piecesOf(input).entries()) {
          if (isRtcp(piece)) assembler.push(piece)
          else inOrder.push(piece, now)
          if (piece.length >= 12) stats.push(u16(piece, 10), u16(piece, 2), u16(piece, 6), now)
        }
        inOrder.flush()
        assembler.flush()
      }
      stats.report(0)
    },
  },
  depacketizer('h264', [
    packetsOf('h264', [[...h264Sets, nal(0x65, 200)], [nal(0x41, 150)]], true),
    packetsOf('h264', [[...h264Sets, nal(0x65, 80), nal(0x65, 300)]], false),
  ]),
  depacketizer('h265', [
    packetsOf('h265', [[...h265Sets, nal(0x26, 200)], [nal(0x02, 150)]], true),
    packetsOf('h265', [[...h265Sets, nal(0x2a, 80), nal(0x2a, 300)]], false),
  ]),
  depacketizer('mjpeg', jpegSeeds),
  depacketizer('pcma', [packetsOf('pcma', [[nal(0xd5, 320)], [nal(0x55, 160)]], false)]),
  {
    name: 'parameter-sets',
    testRuns: COLD_RUNS,
    seeds: [frame4571(h264Sets), frame4571(h265Sets), ...h264Sets, ...h265Sets, bytes('6742c00bd90479')],
    maxBytes: 256,
    run: (input) => {
      const sets = piecesOf(input)
      for (const codec of ['h264', 'h265'] as const)
        for (const nals of [sets, [input]]) attempt(() => describeParameterSets(codec, nals))
    },
  },
  {
    name: 'decoder-record',
    testRuns: COLD_RUNS,
    seeds: [encodeDecoderConfiguration('h264', h264Sets), encodeDecoderConfiguration('h265', h265Sets)],
    maxBytes: 256,
    run: (input) => {
      attempt(() => decodeDecoderConfiguration('h264', input))
      attempt(() => decodeDecoderConfiguration('h265', input))
      splitAnnexB(input)
      splitLengthPrefixed(input)
      decodeAlaw(input)
      decodeUlaw(input)
    },
  },
  {
    name: 'jpeg',
    testRuns: COLD_RUNS,
    seeds: [jpegFile(), fileOf('ffmpeg/picture-420-restart.jpg'), fileOf('gstreamer/picture-422.jpg')],
    maxBytes: 2048,
    run: (input) => {
      parseJpeg(input)
    },
  },
  {
    name: 'mp4',
    testRuns: COLD_RUNS,
    seeds: [mp4File()],
    maxBytes: 2048,
    run: (input) => {
      readBoxes(input)
      readSamples(input)
    },
  },
]

/** Lets the next reader have its turn at the same input. */
function attempt(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
}

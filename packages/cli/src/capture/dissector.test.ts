// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { concat, put16, put32, unhex, utf8, WireError } from '@openhmp/protocol/base'
import { encodePacket, encodeSessionMessage, PacketType } from '@openhmp/protocol/hmp'
import { encodeRtp, frame4571 } from '@openhmp/protocol/rtp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dissect, MAX_DIRECTIONS } from './dissector.ts'
import { MAX_SOURCES } from './media-summary.ts'
import { MAX_FRAME_BYTES, MAX_INTERFACES, readCapture } from './pcap.ts'
import type { TalkLine } from './talk.ts'
import { MAX_EARLY_BYTES, MAX_EARLY_SEGMENTS } from './tcp-order.ts'

const vector = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../vectors/gstreamer/${name}`, import.meta.url)))

/** A capture of Ethernet frames, little-endian, a millisecond apart. */
function capture(frames: readonly Uint8Array[]): Uint8Array {
  const records = frames.map((frame, i) => {
    const head = new DataView(new ArrayBuffer(16))
    head.setUint32(4, i * 1000, true)
    head.setUint32(8, frame.length, true)
    head.setUint32(12, frame.length, true)
    return concat([new Uint8Array(head.buffer), frame])
  })
  return concat([unhex('d4c3b2a1 02000400 00000000 00000000 00000400 01000000')!, ...records])
}
/** A TCP segment from port 1000 to 80, or back. */
function tcp(sequence: number, payload: Uint8Array, options: { isBack?: boolean; flags?: number } = {}): Uint8Array {
  const segment = new Uint8Array(20)
  put16(segment, 0, options.isBack ? 80 : 1000)
  put16(segment, 2, options.isBack ? 1000 : 80)
  put32(segment, 4, sequence)
  segment[12] = 0x50
  segment[13] = options.flags ?? 0x10
  const ip = unhex('45000000 00000000 40060000 c0000201 c0000202')!
  put16(ip, 2, 40 + payload.length)
  return concat([unhex('000000000001 000000000002 0800')!, ip, segment, payload])
}
function talk(file: Uint8Array) {
  const lines: TalkLine[] = []
  const result = dissect(file, (line) => lines.push(line))
  return { ...result, lines, texts: lines.map((line) => line.text) }
}
/** A text cut into segments of this size, each with its sequence number. */
const cut = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    tcp(100 + i * size, bytes.subarray(i * size, (i + 1) * size)),
  )

describe('a capture as a talk', () => {
  it('reads GStreamer and ffmpeg over TCP, in pcap', () => {
    const { lines, faults, sources, frames } = talk(vector('rtsp-tcp.pcap'))
    expect(lines.filter((line) => line.protocol === 'RTSP').map((line) => line.text.split(' ')[0])).toEqual(
      ['OPTIONS', '200', 'DESCRIBE', '200', 'SETUP', '200', 'SETUP', '200', 'PLAY', '200'], // as tshark lists them
    )
    expect([frames, faults]).toEqual([40, 0])
    expect(sources.map((source) => [source.codec, source.lost, source.damagedUnits])).toEqual([
      ['pcma', 0, 0],
      ['h264', 0, 0],
    ])
    expect(sources[1]!.keyUnits).toBeGreaterThan(0)
  })

  it('reads GStreamer and ffmpeg over UDP, in pcapng', () => {
    const { faults, sources, lines } = talk(vector('rtsp-udp.pcapng'))
    expect(faults).toBe(0)
    expect(lines.find((line) => line.text.startsWith('DESCRIBE'))?.detail).toContain('Accept: application/sdp')
    expect(sources.map((source) => source.codec).sort()).toEqual(['h264', 'pcma'])
  })

  const request = utf8('GET /a HTTP/1.1\r\nHost: x\r\nAuthorization: Digest username="u", response="5e"\r\n\r\n')
  const chunked = utf8(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\nHTTP/1.1 204 No\r\n\r\n',
  )

  it('reads HTTP with chunks and hides what a password could be tried against', () => {
    const { lines, texts } = talk(capture([tcp(1, request), tcp(1, chunked, { isBack: true })]))
    expect(texts).toEqual(['GET /a', '200 OK', '204 No'])
    expect(lines[0]?.detail).toContain('Authorization: Digest username="u", response="***"')
  })

  it('hides what stands in a URL', () => {
    const target = '/ISAPI/System/configurationData?secretkey=Seal-word1&security=1&AUTH=YWRtaW46MTEK'
    const { texts } = talk(capture([tcp(1, utf8(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`))]))
    expect(texts).toEqual(['GET /ISAPI/System/configurationData?secretkey=***&security=1&AUTH=***'])
  })

  it('says the same however TCP cut, repeated and mixed the bytes', () => {
    const body = utf8('POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345')
    const stream = concat([request, body, request])
    const syn = tcp(99, new Uint8Array(0), { flags: 2 })
    const whole = talk(capture([syn, tcp(100, stream)])).texts
    expect(whole).toHaveLength(3)
    const order = fc.infiniteStream(fc.nat(20))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), order, (size, picks) => {
        const pieces = cut(stream, size).flatMap((piece) => [piece, piece])
        const mixed = [syn]
        for (const pick of picks) {
          if (pieces.length === 0) break
          mixed.push(...pieces.splice(pick % pieces.length, 1))
        }
        const { texts, faults } = talk(capture(mixed))
        expect([texts, faults]).toEqual([whole, 0])
      }),
    )
  })

  it('reads HMP in the clear, and the media in it', () => {
    const hello = encodePacket(
      { type: PacketType.session, flags: 0, stream: 0, sequence: 0 },
      encodeSessionMessage({ t: 'goodbye', code: 'shutdown', text: 'bye' }),
    )
    const rtp = encodeRtp({
      payloadType: 8,
      sequence: 1,
      timestamp: 0,
      ssrc: 5,
      marker: false,
      payload: new Uint8Array(160),
    })
    const media = encodePacket({ type: PacketType.audio, flags: 0, stream: 3, sequence: 0 }, frame4571([rtp]))
    const { texts, sources } = talk(capture([tcp(1, concat([hello, media]))]))
    expect(texts).toEqual(['goodbye shutdown: bye'])
    expect(sources).toMatchObject([{ ssrc: '00000005', codec: 'pcma', packets: 1, units: 1 }])
  })

  it('says where the first fault is', () => {
    const packet = unhex('80600001 00000000 00000001 7f55')! // H.264 packet type 31
    const interleaved = concat([unhex('2400000e')!, packet, unhex('24000003 000102')!])
    const sdp = 'v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n'
    const head = `RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`
    const file = capture([tcp(1, utf8(head)), tcp(1 + head.length, interleaved.subarray(0, 18))])
    const fault = talk(file).lines.find((line) => line.kind === 'fault')
    expect(fault).toMatchObject({ code: 'h264.type', frame: 2, protocol: 'RTP' })
    expect(file.subarray(fault!.at!, fault!.at! + packet.length)).toEqual(packet)
  })

  it('tells of bytes that were not captured, and reads on behind them', () => {
    const { lines, texts } = talk(capture([tcp(1, request), tcp(1001, request)]))
    expect(lines.map((line) => line.kind)).toEqual(['message', 'fault', 'message'])
    expect(texts[1]).toBe(`${1001 - 1 - request.length} bytes were not captured`)
  })

  it(`holds no more than ${MAX_EARLY_SEGMENTS} early segments`, () => {
    const early = Array.from({ length: MAX_EARLY_SEGMENTS + 1 }, (_, i) => tcp(1000 + 2 * i, utf8('ab')))
    const { faults } = talk(capture([tcp(1, utf8('GET')), ...early, tcp(4, utf8(' / HTTP/1.1\r\n\r\n'))]))
    expect(faults).toBe(1)
  })

  it(`holds no more than ${MAX_EARLY_BYTES} early bytes`, () => {
    const size = 60_000
    const count = Math.ceil(MAX_EARLY_BYTES / size) + 1
    const early = Array.from({ length: count }, (_, i) => tcp(1000 + size * i, new Uint8Array(size).fill(0x41)))
    const { faults } = talk(capture([tcp(1, utf8('GET')), ...early, tcp(4, utf8(' / HTTP/1.1\r\n\r\n'))]))
    expect(faults).toBe(1)
  })

  it(`follows no more than ${MAX_DIRECTIONS} directions`, () => {
    const begin = (port: number) => {
      const frame = tcp(1, utf8('GET /x HT'))
      put16(frame, 34, port)
      return frame
    }
    const others = Array.from({ length: MAX_DIRECTIONS }, (_, i) => begin(2000 + i))
    // The first direction was let go, so the end of its line is the beginning of a new one, and no line.
    expect(talk(capture([begin(1000), ...others, tcp(10, utf8('TP/1.1\r\n\r\n'))])).texts).toEqual([])
    expect(talk(capture([begin(1000), tcp(10, utf8('TP/1.1\r\n\r\n'))])).texts).toEqual(['GET /x'])
  })

  it(`tells no more than ${MAX_SOURCES} sources apart`, () => {
    const packets = Array.from({ length: MAX_SOURCES + 5 }, (_, i) =>
      encodeRtp({ payloadType: 8, sequence: 1, timestamp: 0, ssrc: i, marker: false, payload: new Uint8Array(20) }),
    )
    const bytes = encodePacket({ type: PacketType.audio, flags: 0, stream: 3, sequence: 0 }, frame4571(packets))
    expect(talk(capture([tcp(1, bytes)])).sources).toHaveLength(MAX_SOURCES)
  })

  it('names TLS and leaves it', () => {
    expect(talk(capture([tcp(1, unhex('160301 0005 0100000100')!)])).lines).toMatchObject([{ protocol: 'TLS' }])
  })
})

describe('capture files', () => {
  const file = capture([tcp(1, utf8('a')), tcp(2, utf8('b'))])
  it.each([
    ['nothing', new Uint8Array(0), 'pcap.length'],
    ['text', utf8('this is no capture, it is text'), 'pcap.magic'],
    ['a file that ends in a frame', file.subarray(0, file.length - 3), 'pcap.length'],
    ['a frame of 4 GiB', concat([file.subarray(0, 32), unhex('ffffffff ffffffff')!, file.subarray(40)]), 'pcap.limit'],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => [...readCapture(bytes)]).toThrow(expect.objectContaining({ code }))
  })

  it(`refuses a frame of more than ${MAX_FRAME_BYTES} bytes`, () => {
    expect(() => [...readCapture(capture([new Uint8Array(MAX_FRAME_BYTES + 1)]))]).toThrow(WireError)
    expect([...readCapture(capture([new Uint8Array(MAX_FRAME_BYTES)]))]).toHaveLength(1)
  })

  it(`refuses a section of more than ${MAX_INTERFACES} interfaces`, () => {
    const section = unhex('0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffffffffffff 1c000000')!
    const described = unhex('01000000 14000000 01000000 00000400 14000000')!
    expect([...readCapture(concat([section, ...Array(MAX_INTERFACES).fill(described)]))]).toEqual([])
    expect(() => [...readCapture(concat([section, ...Array(MAX_INTERFACES + 1).fill(described)]))]).toThrow(WireError)
  })

  it('answers any change of a capture with a talk or a WireError', () => {
    for (const whole of [vector('rtsp-tcp.pcap'), vector('rtsp-udp.pcapng')])
      fc.assert(
        fc.property(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 12 }), (at, noise) => {
          const changed = whole.slice()
          changed.set(noise.subarray(0, whole.length - at), at)
          try {
            talk(changed)
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
          }
        }),
        { numRuns: 300 },
      )
  })
})

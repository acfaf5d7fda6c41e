// SPDX-License-Identifier: Apache-2.0
/**
 * Foreign witnesses of the whole way: ffmpeg draws, our packetizer cuts, our depacketizer joins, our writer writes, and
 * ffmpeg decodes the same pictures and the same sound out of the file; mediabunny, which browsers use, reads it too.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BufferSource, EncodedPacketSink, Input, MP4 } from 'mediabunny'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { concat } from '../src/base/bytes.ts'
import type { Mp4Track } from '../src/mp4/index.ts'
import { Fragmenter, initSegment } from '../src/mp4/index.ts'
import type { AccessUnit } from '../src/payload/index.ts'
import { createDepacketizer, createPacketizer, describeParameterSets, splitAnnexB } from '../src/payload/index.ts'
import type { CodecName } from '../src/rtp/codec.ts'
import { RtpPacket } from '../src/rtp/packet.ts'

const FRAMES = 40
const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x182:rate=20', '-frames:v', String(FRAMES)]
let folder = ''

function run(program: string, args: readonly string[], input?: Uint8Array): Uint8Array {
  const { status, stdout, stderr } = spawnSync(program, args, { input, maxBuffer: 2 ** 28 })
  expect([status, stderr.toString()]).toEqual([0, ''])
  return new Uint8Array(stdout)
}
const ffmpeg = (args: readonly string[], input?: Uint8Array) => run('ffmpeg', ['-v', 'error', ...args, '-'], input)

/** Each picture's NAL units: with access unit delimiters asked for, a picture begins at each. */
function picturesOf(stream: Uint8Array, delimiter: number): Uint8Array[][] {
  const pictures: Uint8Array[][] = []
  for (const nal of splitAnnexB(stream))
    (nal[0] === delimiter ? pictures[pictures.push([]) - 1]! : pictures.at(-1)!).push(nal)
  return pictures
}
function jpegsOf(stream: Uint8Array): Uint8Array[][] {
  const files: Uint8Array[][] = []
  for (let at = 0; at < stream.length; ) {
    let end = at + 2
    while (end < stream.length && !(stream[end] === 0xff && stream[end + 1] === 0xd8)) end++
    files.push([stream.subarray(at, end)])
    at = end
  }
  return files
}

/** Through packets of 1200 bytes and back. */
function carry(codec: CodecName, pieces: readonly Uint8Array[][], ticks: number): AccessUnit[] {
  const packetizer = createPacketizer(codec, { payloadType: 96, ssrc: 1, sequence: 0, maxPacketBytes: 1200 })
  const depacketizer = createDepacketizer(codec)
  const units: AccessUnit[] = []
  for (const [i, data] of pieces.entries())
    for (const packet of packetizer.packetize({ data }, i * ticks)) {
      depacketizer.push(RtpPacket.decode(packet))
      for (let unit = depacketizer.take(); unit; unit = depacketizer.take()) units.push(unit)
    }
  return units
}

/** A file of these units: its path. */
function write(name: string, track: Mp4Track, units: readonly AccessUnit[]): { path: string; bytes: Uint8Array } {
  const parts = [initSegment([track])]
  const fragmenter = new Fragmenter({ tracks: [track], onFragment: (bytes) => parts.push(bytes) })
  for (const unit of units) fragmenter.push(track.id, unit)
  fragmenter.flush()
  expect(fragmenter.counts).toEqual({ written: units.length, leftOut: 0 })
  const path = join(folder, `${name}.mp4`)
  const bytes = concat(parts)
  writeFileSync(path, bytes)
  return { path, bytes }
}
function probe(path: string): Record<string, unknown> {
  const text = run('ffprobe', ['-v', 'warning', '-count_frames', '-show_streams', '-of', 'json', path])
  return JSON.parse(new TextDecoder().decode(text)).streams[0]
}
const pixels = (args: readonly string[], input?: Uint8Array) =>
  ffmpeg([...args, '-pix_fmt', 'yuv420p', '-fps_mode', 'passthrough', '-f', 'rawvideo'], input)

describe.runIf(needs('ffmpeg') && needs('ffprobe'))('files that ffmpeg reads', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hmp-mp4-'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const videos = [
    ['h264', ['-c:v', 'libx264', '-preset', 'fast', '-bf', '0', '-g', '20', '-x264-params', 'aud=1', '-f', 'h264'], 9],
    [
      'h265',
      [
        '-c:v',
        'libx265',
        '-preset',
        'fast',
        '-x265-params',
        'log-level=error:bframes=0:aud=1:repeat-headers=1',
        '-f',
        'hevc',
      ],
      70,
    ],
  ] as const
  it.each(videos)('%s: every picture, bit for bit', async (codec, encode, delimiter) => {
    const stream = ffmpeg([...picture, '-pix_fmt', 'yuv420p', ...encode])
    const units = carry(codec, picturesOf(stream, delimiter), 4500)
    expect(units).toHaveLength(FRAMES)
    const parameterSets = units[0]!.parameterSets!
    const { path, bytes } = write(codec, { id: 1, codec, parameterSets }, units)
    const { codecString } = describeParameterSets(codec, parameterSets)
    expect(probe(path)).toMatchObject({
      codec_name: codec === 'h264' ? 'h264' : 'hevc',
      codec_tag_string: codecString.slice(0, 4),
      width: 320,
      height: 182,
      r_frame_rate: '20/1',
      nb_read_frames: String(FRAMES),
      duration: '2.000000',
    })
    expect(pixels(['-i', path])).toEqual(pixels(['-f', codec === 'h264' ? 'h264' : 'hevc', '-i', '-'], stream))
    if (codec === 'h264') await readWithMediabunny(bytes, codecString)
  })

  it('mjpeg: every picture, bit for bit', () => {
    const stream = ffmpeg([
      ...picture,
      '-pix_fmt',
      'yuvj420p',
      '-c:v',
      'mjpeg',
      '-huffman',
      'default',
      '-q:v',
      '6',
      '-f',
      'mjpeg',
    ])
    const units = carry('mjpeg', jpegsOf(stream), 4500)
    const { path } = write('mjpeg', { id: 1, codec: 'mjpeg', width: 320, height: 184 }, units)
    expect(probe(path)).toMatchObject({ codec_name: 'mjpeg', nb_read_frames: String(FRAMES), duration: '2.000000' })
    // RTP counts in blocks of 8, so the rebuilt picture shows the two lines that fill the last block.
    const crop = ['-vf', 'crop=320:182:0:0:exact=1']
    expect(pixels(['-i', path, ...crop])).toEqual(pixels(['-f', 'mjpeg', '-i', '-'], stream))
  })

  it.each([
    ['pcma', 'alaw', 'pcm_alaw'],
    ['pcmu', 'mulaw', 'pcm_mulaw'],
  ] as const)('%s: every byte', (codec, format, name) => {
    const stream = ffmpeg([
      '-f',
      'lavfi',
      '-i',
      'sine=frequency=440:sample_rate=8000:duration=3',
      '-c:a',
      name,
      '-f',
      format,
    ])
    const pieces = Array.from({ length: stream.length / 160 }, (_, i) => [stream.subarray(i * 160, i * 160 + 160)])
    const { path } = write(codec, { id: 1, codec }, carry(codec, pieces, 160))
    expect(probe(path)).toMatchObject({ codec_name: name, sample_rate: '8000', channels: 1, duration: '3.000000' })
    expect(ffmpeg(['-i', path, '-c', 'copy', '-f', format])).toEqual(stream)
  })
})

async function readWithMediabunny(bytes: Uint8Array, codecString: string): Promise<void> {
  using input = new Input({ source: new BufferSource(bytes), formats: [MP4] })
  const track = await input.getPrimaryVideoTrack()
  expect(track?.codec).toBe('avc')
  expect(await track?.getCodecParameterString()).toBe(codecString.toLowerCase())
  const sink = new EncodedPacketSink(track!)
  const times: number[] = []
  for await (const packet of sink.packets()) times.push(packet.timestamp)
  expect(times).toHaveLength(FRAMES)
  expect(times.at(-1)).toBeCloseTo((FRAMES - 1) / 20)
}

// SPDX-License-Identifier: Apache-2.0
/** Test clips drawn by ffmpeg on the spot, one for each codec, so that foreign readers get pictures nobody here encoded. */
import { spawnSync } from 'node:child_process'
import { encodeAlaw, encodeUlaw, splitAnnexB } from '@openhmp/protocol/payload'
import type { CodecName } from '@openhmp/protocol/rtp'
import { type Clip, ClipTrack, type ClipUnit } from '../src/media/clip.ts'

export const WIDTH = 640
export const HEIGHT = 360
export const FRAMES_PER_SECOND = 25
const SECONDS = 4
const program = 'ffmpeg'
const TICKS = 90_000 / FRAMES_PER_SECOND

const encoders: Readonly<Record<'h264' | 'h265' | 'mjpeg', readonly string[]>> = {
  h264: [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-bf',
    '0',
    '-g',
    '25',
    '-bsf:v',
    'h264_metadata=aud=insert',
    '-f',
    'h264',
  ],
  h265: [
    '-c:v',
    'libx265',
    '-preset',
    'ultrafast',
    '-x265-params',
    'bframes=0:keyint=25:aud=1:log-level=error',
    '-f',
    'hevc',
  ],
  mjpeg: ['-c:v', 'mjpeg', '-huffman', 'default', '-pix_fmt', 'yuvj420p', '-q:v', '6', '-f', 'mjpeg'],
}

const draw = (codec: 'h264' | 'h265' | 'mjpeg'): Uint8Array => {
  const source = `testsrc2=size=${WIDTH}x${HEIGHT}:rate=${FRAMES_PER_SECOND}:duration=${SECONDS}`
  const input = ['-v', 'error', '-f', 'lavfi', '-i', source, '-pix_fmt', 'yuv420p', ...encoders[codec], 'pipe:1']
  const { stdout, stderr, status } = spawnSync(program, input, { maxBuffer: 64 * 1024 * 1024 })
  if (status !== 0) throw new Error(`ffmpeg: ${stderr}`)
  return stdout
}

const nalType = (codec: CodecName, nal: Uint8Array): number =>
  codec === 'h264' ? nal[0]! & 0x1f : (nal[0]! >> 1) & 0x3f

/** Slices: what a decoder makes a picture of, and what a relay must not change. */
export const isSlice = (codec: CodecName, nal: Uint8Array): boolean =>
  codec === 'h264' ? [1, 5].includes(nalType(codec, nal)) : nalType(codec, nal) < 32

const videoTrack = (codec: 'h264' | 'h265' | 'mjpeg'): ClipTrack => {
  const pictures = codec === 'mjpeg' ? splitJpeg(draw(codec)) : splitPictures(codec, draw(codec))
  const units = pictures.map((data, i): ClipUnit => ({ ticks: i * TICKS, isKey: isKey(codec, data), data }))
  const sets = { h264: [7, 8], h265: [32, 33, 34], mjpeg: [] }[codec] as number[]
  const parameterSets = sets.map((type) => units[0]!.data.find((nal) => nalType(codec, nal) === type)!)
  const loopTicks = units.length * TICKS
  return new ClipTrack({ codec, units, loopTicks, parameterSets, dimensions: { width: WIDTH, height: HEIGHT } })
}

const isKey = (codec: CodecName, data: readonly Uint8Array[]): boolean =>
  codec === 'mjpeg' ||
  data.some((nal) =>
    codec === 'h264' ? nalType(codec, nal) === 5 : [16, 17, 18, 19, 20, 21].includes(nalType(codec, nal)),
  )

/** Access units, cut at the delimiters that the encoder was told to write; the delimiters themselves are left out. */
const splitPictures = (codec: 'h264' | 'h265', stream: Uint8Array): Uint8Array[][] => {
  const pictures: Uint8Array[][] = []
  for (const nal of splitAnnexB(stream)) {
    if (nalType(codec, nal) === (codec === 'h264' ? 9 : 35)) pictures.push([])
    else if (!(codec === 'h264' && nalType(codec, nal) === 6)) pictures.at(-1)?.push(nal)
  }
  return pictures
}

const splitJpeg = (stream: Uint8Array): Uint8Array[][] => {
  const starts: number[] = []
  for (let at = 0; at + 2 < stream.length; at++)
    if (stream[at] === 0xff && stream[at + 1] === 0xd8 && stream[at + 2] === 0xff) starts.push(at)
  return starts.map((start, i) => [stream.subarray(start, starts[i + 1] ?? stream.length)])
}

/** A rising tone, so that no stretch of sound is like another. */
const audioTrack = (law: 'pcma' | 'pcmu'): ClipTrack => {
  const samples = Int16Array.from({ length: 8000 * SECONDS }, (_, i) => 12_000 * Math.sin((i * i) / 120_000))
  const bytes = law === 'pcma' ? encodeAlaw(samples) : encodeUlaw(samples)
  const units = Array.from(
    { length: (25 * SECONDS) | 0 },
    (_, i): ClipUnit => ({
      ticks: i * 320,
      isKey: true,
      data: [bytes.subarray(i * 320, (i + 1) * 320)],
    }),
  )
  return new ClipTrack({ codec: law, units, loopTicks: 8000 * SECONDS })
}

/** A clip whose main and sub stream are the same. */
export const drawClip = (codec: 'h264' | 'h265' | 'mjpeg'): Clip => {
  const main = videoTrack(codec)
  return {
    name: codec,
    title: codec,
    loopMs: SECONDS * 1000,
    main,
    sub: main,
    audio: { pcma: audioTrack('pcma'), pcmu: audioTrack('pcmu') },
    pictures: [],
    motions: [],
  }
}

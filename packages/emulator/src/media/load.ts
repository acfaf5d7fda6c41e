// SPDX-License-Identifier: Apache-2.0
/**
 * Clips from files: the scenes of this package (drawn by media/draw, one set of files a scene), or the user's own MP4.
 * Each is read once a process, however many cameras show it.
 */
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Defect } from '@openhmp/protocol/base'
import { decodeAlaw, encodeUlaw } from '@openhmp/protocol/payload'
import { type Clip, type ClipPicture, ClipTrack, type Motion } from './clip.ts'
import { MAX_MEDIA_BYTES, MediaError, readMp4, soundTrack } from './read-mp4.ts'

/** The scenes, in the order in which cameras take them. */
export const sceneNames = ['gate', 'carpark', 'corridor', 'yard'] as const
type SceneName = (typeof sceneNames)[number]
/** What a main stream may be asked to be; not every scene has each. */
export type VideoCodec = 'h264' | 'h265' | 'mjpeg'

/** The scene that was also drawn in H.265, and the one with pictures quick enough for MJPEG. */
const sceneOfCodec: Partial<Record<VideoCodec, SceneName>> = { h265: 'carpark', mjpeg: 'yard' }

const folder = join(import.meta.dirname, '../../media')
const cache = new Map<string, Promise<Clip>>()

/** The clip for camera number `index` with a main stream in `codec`. */
export function sceneClip(index: number, codec: VideoCodec = 'h264'): Promise<Clip> {
  const name = sceneOfCodec[codec] ?? sceneNames[index % sceneNames.length]!
  return once(`${name}/${codec}`, () => loadScene(name, codec))
}

/** The user's own file, for all cameras. Throws `MediaError` with a line that says what is wrong. */
export function fileClip(path: string): Promise<Clip> {
  return once(`file ${path}`, () => loadFile(path))
}

function once(key: string, load: () => Promise<Clip>): Promise<Clip> {
  const known = cache.get(key)
  if (known) return known
  const loading = load()
  cache.set(key, loading)
  loading.catch(() => cache.delete(key)) // the caller sees the error; the next one tries again
  return loading
}

async function loadScene(name: SceneName, codec: VideoCodec): Promise<Clip> {
  const file = async (suffix: string): Promise<Uint8Array> => {
    const path = join(folder, `${name}.${suffix}`)
    return new Uint8Array(
      await readFile(path).catch((cause: unknown) => {
        throw new MediaError('media.missing', `${path} cannot be read; draw it with media/draw/draw.ts`, cause)
      }),
    )
  }
  const facts = JSON.parse(new TextDecoder().decode(await file('json'))) as {
    title: string
    loopMs: number
    motions: Motion[]
  }
  const { title, loopMs, motions } = facts
  const pictures = unpackJpegs(await file('jpgs'))
  const video = async (suffix: string): Promise<ClipTrack> => (await readMp4(await file(suffix), name)).video
  const jpegs = codec === 'mjpeg' ? jpegTrack(pictures, loopMs) : undefined
  const main = jpegs ?? (await video(codec === 'h265' ? 'h265.mp4' : 'main.mp4'))
  const sub = jpegs ?? (await video('sub.mp4')) // a camera that knows MJPEG alone knows nothing else on its sub stream
  const alaw = await file('alaw')
  return {
    name,
    title,
    loopMs,
    main,
    sub,
    ...(jpegs ? {} : { stills: jpegTrack(pictures, loopMs) }),
    audio: { pcma: soundTrack('pcma', alaw, loopMs), pcmu: soundTrack('pcmu', encodeUlaw(decodeAlaw(alaw)), loopMs) },
    pictures,
    motions,
  }
}

async function loadFile(path: string): Promise<Clip> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new MediaError('media.missing', `${path} cannot be read`, cause)
  })
  if (facts.size > MAX_MEDIA_BYTES)
    throw new MediaError('media.size', `${path}: ${facts.size} bytes; at most ${MAX_MEDIA_BYTES} are played`)
  const { video, sound } = await readMp4(new Uint8Array(await readFile(path)), basename(path))
  const loopMs = (video.loopTicks * 1000) / video.clockRateHz
  const name = basename(path).replace(/\.[^.]*$/, '')
  return {
    name,
    title: name,
    loopMs,
    main: video,
    sub: video,
    audio: sound ? { [sound.law]: soundTrack(sound.law, sound.bytes, loopMs) } : {},
    pictures: [],
    motions: [],
  }
}

/** Pictures packed by media/draw: `JPGS`, then 32-bit numbers: how many, milliseconds each, each one's length; then they. */
function unpackJpegs(bytes: Uint8Array): ClipPicture[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 12 || view.getUint32(0) !== 0x4a504753) throw new Defect('a file of stills without its mark')
  const count = view.getUint32(4)
  const everyMs = view.getUint32(8)
  let at = 12 + 4 * count
  return Array.from({ length: count }, (_, i) => {
    const length = view.getUint32(12 + 4 * i)
    const jpeg = bytes.subarray(at, at + length)
    at += length
    return { fromMs: i * everyMs, jpeg }
  })
}

function jpegTrack(pictures: readonly ClipPicture[], loopMs: number): ClipTrack {
  return new ClipTrack({
    codec: 'mjpeg',
    units: pictures.map(({ fromMs, jpeg }) => ({ ticks: fromMs * 90, isKey: true, data: [jpeg] })),
    loopTicks: loopMs * 90,
    dimensions: jpegSize(pictures[0]!.jpeg),
  })
}

/** Width and height from the frame header (ITU-T T.81 §B.2.2). */
export function jpegSize(jpeg: Uint8Array): { width: number; height: number } {
  for (let at = 2; at + 9 < jpeg.length; ) {
    const marker = jpeg[at + 1]!
    if (marker >= 0xc0 && marker <= 0xc3)
      return { height: (jpeg[at + 5]! << 8) | jpeg[at + 6]!, width: (jpeg[at + 7]! << 8) | jpeg[at + 8]! }
    at += 2 + ((jpeg[at + 2]! << 8) | jpeg[at + 3]!)
  }
  throw new Defect('a still without a frame header')
}

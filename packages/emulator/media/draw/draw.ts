// SPDX-License-Identifier: Apache-2.0
/**
 * Draws the emulator's media: `node packages/emulator/media/draw/draw.ts [--sound] [scene ...]`, with ffmpeg (libx264, libx265,
 * drawtext) at hand. It takes three minutes a scene on one core, and writes into packages/emulator/media:
 *
 *   NAME.main.mp4   1280x720, 15 pictures a second, H.264 (the car park: H.265 as well, NAME.h265.mp4)
 *   NAME.sub.mp4    640x360, H.264
 *   NAME.jpgs       stills, one a second (the yard: every picture of its MJPEG stream); see packJpegs
 *   NAME.alaw       sound, G.711 A-law, 8000 a second
 *   NAME.json       what moves, when and where; names and times
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from './noise.ts'
import { isSeen, outline as outlineOf } from './outline.ts'
import { Renderer } from './render.ts'
import type { Scene } from './scene.ts'
import { scenes } from './scenes.ts'
import { soundOf } from './sound.ts'

const WIDTH = 1280
const HEIGHT = 720
const RATE = 15
const SECONDS = 12
const media = join(import.meta.dirname, '..')

const wanted = process.argv.slice(2).filter((word) => word !== '--sound')
const isSoundOnly = process.argv.includes('--sound')
for (const scene of scenes) if (wanted.length === 0 || wanted.includes(scene.name)) await (isSoundOnly ? writeSound(scene) : drawScene(scene))

async function drawScene(scene: Scene): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'draw-'))
  const film = join(folder, 'film.mkv')
  const began = Date.now()
  const renderer = new Renderer(scene, WIDTH, HEIGHT)
  renderer.drawStill(3)
  process.stderr.write(`${scene.name}: still ${Date.now() - began} ms\n`)
  const raw = ['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${WIDTH}x${HEIGHT}`, '-r', `${RATE}`, '-i', '-']
  const ffmpeg = spawn('ffmpeg', [...raw, '-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '8', '-pix_fmt', 'yuv420p', film], { stdio: ['pipe', 'inherit', 'inherit'] })
  const motions = new Map<string, { target: string; path: number[][] }>()
  for (let i = 0; i < RATE * SECONDS; i++) {
    const t = i / RATE
    const turn = (2 * Math.PI * t) / SECONDS
    const gain = 1 + 0.012 * Math.sin(turn) + 0.006 * Math.sin(3 * turn + 1) + (hash(i, 1) - 0.5) * 0.004
    if (!ffmpeg.stdin.write(renderer.draw(t, gain, i))) await once(ffmpeg.stdin, 'drain')
    for (const actor of scene.actors(t)) {
      const outline = outlineOf(renderer, actor)
      if (!actor.target || !outline || !isSeen(renderer, actor)) continue
      const motion = motions.get(actor.name) ?? { target: actor.target, path: [] }
      motion.path.push([Math.round(t * 1000), ...outline])
      motions.set(actor.name, motion)
    }
  }
  ffmpeg.stdin.end()
  await once(ffmpeg, 'close')
  process.stderr.write(`${scene.name}: film ${Date.now() - began} ms\n`)
  encode(scene, film, folder)
  writeSound(scene)
  const moving = [...motions.values()].map(({ target, path }) => ({
    target,
    fromMs: path[0]![0]!,
    toMs: path.at(-1)![0]! + Math.round(1000 / RATE),
    path: path.filter((_, i) => i % 5 === 0 || i === path.length - 1),
  }))
  const text = JSON.stringify({ name: scene.name, title: scene.title, loopMs: SECONDS * 1000, motions: moving })
  writeFileSync(join(media, `${scene.name}.json`), `${text.replaceAll('{"target"', '\n  {"target"').replaceAll('[[', '[\n    [')}\n`)
  rmSync(folder, { recursive: true })
}

function writeSound(scene: Scene): void {
  writeFileSync(join(media, `${scene.name}.alaw`), soundOf(scene.name, SECONDS))
}

/** The camera's name and clock, as cameras write them: white with a dark edge. */
function captions(scene: Scene, size: number): string {
  const start = Date.parse(`${scene.startsAt.replace(' ', 'T')}Z`) / 1000
  const style = `fontfile=/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf:fontsize=${size}:fontcolor=white@0.95:borderw=${size / 14}:bordercolor=black@0.75`
  const day = new Date(start * 1000).toLocaleDateString('en-GB', { weekday: 'short', timeZone: 'UTC' })
  return `drawtext=${style}:x=${size}:y=${size * 0.8}:text='%{pts\\:gmtime\\:${start}\\:%Y-%m-%d} ${day} %{pts\\:gmtime\\:${start}\\:%H\\\\\\:%M\\\\\\:%S}',drawtext=${style}:x=w-tw-${size}:y=h-th-${size * 0.8}:text='${scene.title}'`
}

function encode(scene: Scene, film: string, folder: string): void {
  const run = (filter: string, ...rest: string[]) => {
    const done = spawnSync('ffmpeg', ['-v', 'error', '-y', '-i', film, '-an', '-vf', filter, ...rest], { stdio: 'inherit' })
    if (done.status !== 0) throw new Error(`ffmpeg ended with ${done.status}`)
  }
  const x264 = ['-c:v', 'libx264', '-profile:v', 'main', '-preset', 'slower', '-tune', 'film', '-bf', '0', '-g', `${RATE}`, '-keyint_min', `${RATE}`, '-sc_threshold', '0', '-pix_fmt', 'yuv420p', '-map_metadata', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-movflags', '+faststart']
  const big = captions(scene, 26)
  const small = `scale=640:360:flags=lanczos,${captions(scene, 15)}`
  run(big, ...x264, '-crf', '27.5', '-maxrate', '1200k', '-bufsize', '1200k', join(media, `${scene.name}.main.mp4`))
  run(small, ...x264, '-crf', '29', '-maxrate', '400k', '-bufsize', '400k', join(media, `${scene.name}.sub.mp4`))
  if (scene.name === 'carpark') run(big, '-c:v', 'libx265', '-preset', 'slow', '-crf', '29', '-x265-params', `log-level=error:bframes=0:keyint=${RATE}:min-keyint=${RATE}:scenecut=0:open-gop=0:info=0`, '-pix_fmt', 'yuv420p', '-tag:v', 'hvc1', '-map_metadata', '-1', '-fflags', '+bitexact', '-movflags', '+faststart', join(media, `${scene.name}.h265.mp4`))
  const rate = scene.name === 'yard' ? 10 : 1
  run(`fps=${rate},${small}`, '-c:v', 'mjpeg', '-huffman', 'default', '-q:v', scene.name === 'yard' ? '9' : '6', '-pix_fmt', 'yuvj420p', '-map_metadata', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact', join(folder, '%04d.jpg'))
  const jpegs = readdirSync(folder).filter((name) => name.endsWith('.jpg')).sort().map((name) => readFileSync(join(folder, name)))
  writeFileSync(join(media, `${scene.name}.jpgs`), packJpegs(jpegs, 1000 / rate))
}

/** `JPGS`, then 32-bit numbers: how many, milliseconds each, the length of each; then the pictures themselves. */
function packJpegs(jpegs: readonly Buffer[], everyMs: number): Buffer {
  const head = Buffer.alloc(12 + 4 * jpegs.length)
  head.write('JPGS')
  head.writeUInt32BE(jpegs.length, 4)
  head.writeUInt32BE(everyMs, 8)
  for (const [i, jpeg] of jpegs.entries()) head.writeUInt32BE(jpeg.length, 12 + 4 * i)
  return Buffer.concat([head, ...jpegs])
}

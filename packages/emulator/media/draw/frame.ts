// SPDX-License-Identifier: Apache-2.0
/** One picture of one scene, for looking at while drawing: `node frame.ts gate 4.5 640 360 1 out.png`. */
import { spawnSync } from 'node:child_process'
import { Renderer } from './render.ts'
import { scenes } from './scenes.ts'

const [name = 'gate', t = '4', width = '640', height = '360', samples = '1', file = 'out.png'] = process.argv.slice(2)
const scene = scenes.find((s) => s.name === name)!
const renderer = new Renderer(scene, Number(width), Number(height))
console.time('still')
renderer.drawStill(Number(samples))
console.timeEnd('still')
for (const [i, moment] of t.split(',').entries()) {
  console.time('picture')
  const bytes = renderer.draw(Number(moment), 1, i)
  console.timeEnd('picture')
  spawnSync('ffmpeg', ['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-i', '-', file.replace('.png', `-${moment}.png`)], { input: bytes })
}

// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeParameterSets } from '@openhmp/protocol/payload'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileClip, jpegSize, sceneClip, sceneNames } from './load.ts'

const media = join(import.meta.dirname, '../../media')

describe('the scenes of this package', () => {
  it('weigh at most 12 MB together', async () => {
    let bytes = 0
    for (const entry of await readdir(media, { withFileTypes: true }))
      if (entry.isFile()) bytes += (await stat(join(media, entry.name))).size
    expect(bytes).toBeLessThanOrEqual(12_000_000)
  })

  it.each(sceneNames)('%s is whole', async (name) => {
    const clip = await sceneClip(sceneNames.indexOf(name))
    expect(clip.name).toBe(name)
    expect(describeParameterSets('h264', clip.main.parameterSets)).toMatchObject({
      width: 1280,
      height: 720,
      profile: 'Main',
    })
    expect(describeParameterSets('h264', clip.sub.parameterSets)).toMatchObject({ width: 640, height: 360 })
    for (const track of [clip.main, clip.sub, clip.audio.pcma!, clip.audio.pcmu!]) {
      expect((track.loopTicks * 1000) / track.clockRateHz).toBe(clip.loopMs)
      expect(track.units[0]).toMatchObject({ ticks: 0, isKey: true })
      for (let i = 1; i < track.units.length; i++)
        expect(track.units[i]!.ticks).toBeGreaterThan(track.units[i - 1]!.ticks)
    }
    // a key picture each second, so that nobody waits long
    const keys = clip.main.units.filter((unit) => unit.isKey)
    expect(keys).toHaveLength(clip.loopMs / 1000)
    expect(clip.pictures.length).toBeGreaterThanOrEqual(12)
    for (const { jpeg } of clip.pictures) expect(jpegSize(jpeg)).toEqual({ width: 640, height: 360 })
    expect(clip.motions.length).toBeGreaterThan(0)
    expect(clip.motions.every(({ fromMs, toMs }) => fromMs < toMs)).toBe(true)
    // there is something to hear, and it is neither silence nor a tone
    expect(new Set(clip.audio.pcma!.units.flatMap((unit) => [...unit.data[0]!])).size).toBeGreaterThan(100)
  })

  it('has one in H.265 and one as MJPEG', async () => {
    const h265 = await sceneClip(0, 'h265')
    expect(describeParameterSets('h265', h265.main.parameterSets)).toMatchObject({ width: 1280, height: 720 })
    expect(h265.sub.codec).toBe('h264')
    const mjpeg = await sceneClip(0, 'mjpeg')
    expect(mjpeg.main).toMatchObject({ codec: 'mjpeg', unitsPerSecond: 10, dimensions: { width: 640, height: 360 } })
  })

  it('is read once, whoever asks', async () => {
    expect(await sceneClip(0)).toBe(await sceneClip(sceneNames.length))
  })
})

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0

describe('a file of the user', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hmp-media-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const make = (name: string, ...options: string[]) => {
    const path = join(folder, name)
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=10:d=1', '-f', 'lavfi', '-i', 'sine=r=8000:d=1']
    const done = spawnSync('ffmpeg', ['-v', 'error', '-y', ...source, '-pix_fmt', 'yuv420p', ...options, path])
    expect(done.status, String(done.stderr)).toBe(0)
    return path
  }

  it.runIf(hasFfmpeg)('plays, pictures out of order and sound included', async () => {
    const clip = await fileClip(make('own.mov', '-c:v', 'libx264', '-bf', '2', '-g', '10', '-c:a', 'pcm_alaw'))
    expect(clip).toMatchObject({ name: 'own', loopMs: 1000, main: { codec: 'h264', unitsPerSecond: 10 } })
    const presented = clip.main.units.map((unit) => unit.presentedTicks)
    expect(presented).not.toEqual(clip.main.units.map((unit) => unit.ticks))
    expect(presented.toSorted((a, b) => a! - b!)).toEqual(clip.main.units.map((unit) => unit.ticks))
    expect(clip.audio.pcma?.units).toHaveLength(25)
    expect(clip.sub).toBe(clip.main)
  })

  it.runIf(hasFfmpeg).each([
    ['media.codec', 'mpeg4.mp4', ['-c:v', 'mpeg4', '-an']],
    ['media.codec', 'aac.mp4', ['-c:v', 'libx264', '-c:a', 'aac']],
    ['media.empty', 'sound.mov', ['-vn', '-c:a', 'pcm_alaw']],
  ])('is refused with %s: %s', async (code, name, options) => {
    await expect(fileClip(make(name, ...options))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(name),
    })
  })

  it('is refused when it is none, or missing', async () => {
    const path = join(folder, 'text.mp4')
    await writeFile(path, 'not a film')
    await expect(fileClip(path)).rejects.toMatchObject({ code: 'media.unreadable' })
    await expect(fileClip(join(folder, 'gone.mp4'))).rejects.toMatchObject({ code: 'media.missing' })
  })
})

// SPDX-License-Identifier: Apache-2.0
/** `hmp device record` from a camera that is not ours: GStreamer's RTSP server; ffprobe and ffmpeg look at the file. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { runHmp } from './hmp.ts'

const CAMERA = `
import gi
gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0')
from gi.repository import Gst, GstRtspServer, GLib
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address('127.0.0.1'); server.set_service('0')
video = 'videotestsrc is-live=true ! video/x-raw,format=I420,width=%d,height=%d,framerate=10/1 ! %s'
sound = ' audiotestsrc is-live=true samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! %s name=pay1'
for path, size, encode, hear in [
  ('/h264', (320, 240), 'x264enc tune=zerolatency key-int-max=10 ! rtph264pay name=pay0 pt=96', 'alawenc ! rtppcmapay'),
  ('/h265', (320, 240), 'x265enc tune=zerolatency key-int-max=10 ! rtph265pay name=pay0 pt=96', 'mulawenc ! rtppcmupay'),
  ('/mjpeg', (320, 240), 'jpegenc ! rtpjpegpay name=pay0', 'mulawenc ! rtppcmupay'),
]:
  factory = GstRtspServer.RTSPMediaFactory()
  factory.set_launch('( ' + video % (*size, encode) + sound % hear + ' )')
  server.get_mount_points().add_factory(path, factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
`
let camera: ChildProcess
let port = 0
let folder = ''

describe.runIf(needs('gst-rtsp-server') && needs('ffprobe'))('recording from GStreamer', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hmp-record-'))
    camera = spawn('/usr/bin/python3', ['-c', CAMERA], { stdio: ['ignore', 'pipe', 'ignore'] })
    port = await new Promise<number>((resolve) => camera.stdout!.once('data', (text) => resolve(Number(text))))
  })
  afterAll(() => {
    camera.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
    ['h264', 'h264', 'pcm_alaw', 'tcp'],
    ['h264', 'h264', 'pcm_alaw', 'udp'],
    ['h265', 'hevc', 'pcm_mulaw', 'tcp'],
    ['mjpeg', 'mjpeg', 'pcm_mulaw', 'tcp'],
  ])('%s (%s and %s) over %s: as many pictures as the seconds hold', async (path, video, audio, transport) => {
    const out = join(folder, `${path}-${transport}.mp4`)
    const url = `rtsp://127.0.0.1:${port}/${path}`
    const outcome = await runHmp([
      'device',
      'record',
      url,
      '--seconds',
      '2',
      '--out',
      out,
      '--transport',
      transport,
      '--json',
    ])
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' })
    expect(JSON.parse(outcome.stdout)).toMatchObject({ seconds: 2, leftOut: 0 })
    expect(existsSync(`${out}.part`)).toBe(false)
    const probed = spawnSync('ffprobe', ['-v', 'warning', '-count_frames', '-show_streams', '-of', 'json', out])
    const { streams } = JSON.parse(probed.stdout.toString())
    expect(streams).toMatchObject([{ codec_name: video }, { codec_name: audio }])
    expect(Math.abs(Number(streams[0].nb_read_frames) - 20)).toBeLessThanOrEqual(1)
    expect(Math.abs(Number(streams[0].duration) - 2)).toBeLessThan(0.11)
    expect(spawnSync('ffmpeg', ['-v', 'error', '-xerror', '-i', out, '-f', 'null', '-']).stderr.toString()).toBe('')
  })
})

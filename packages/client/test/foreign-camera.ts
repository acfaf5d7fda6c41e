// SPDX-License-Identifier: Apache-2.0
/** GStreamer's RTSP server as a camera for tests: media drawn by ffmpeg, served with digest login. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@openhmp/protocol/base'

/** The machine's own time. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, options) => sleep(ms, undefined, options),
}

const draw = (folder: string): void => {
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25']
  const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=8000', '-t', '1.99']
  const runs = [
    [
      ...picture,
      '-frames:v',
      '50',
      '-c:v',
      'libx264',
      '-profile:v',
      'main',
      '-bf',
      '0',
      '-g',
      '20',
      '-x264-params',
      'slices=2:aud=1',
      '-f',
      'h264',
      'video.h264',
    ],
    [
      ...picture,
      '-frames:v',
      '50',
      '-c:v',
      'libx265',
      '-x265-params',
      'log-level=none:bframes=0:keyint=20',
      '-f',
      'hevc',
      'video.h265',
    ],
    [
      ...picture,
      '-frames:v',
      '30',
      '-c:v',
      'mjpeg',
      '-huffman',
      'default',
      '-pix_fmt',
      'yuvj420p',
      '-q:v',
      '5',
      'picture-%03d.jpg',
    ],
    [...tone, '-f', 'alaw', 'sound.alaw'],
    [...tone, '-f', 'mulaw', 'sound.mulaw'],
  ]
  for (const run of runs)
    execFileSync('ffmpeg', ['-v', 'error', ...run], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** The running camera, its files, its account. */
export interface ForeignCamera extends AsyncDisposable {
  readonly port: number
  readonly credentials: { readonly username: string; readonly password: string }
  file(name: string): Uint8Array
  pictures(): Uint8Array[]
  /** Ends the process at once, as a power cut would. */
  kill(): void
}

/** Draws the files, starts the server, waits for its port. */
export const openForeignCamera = async (): Promise<ForeignCamera> => {
  const folder = mkdtempSync(join(tmpdir(), 'openhmp-camera-'))
  draw(folder)
  const credentials = { username: 'admin', password: 'Secret-1' }
  const script = join(import.meta.dirname, 'gst-rtsp-server.py')
  const server = spawn('/usr/bin/python3', [script, folder, credentials.username, credentials.password], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  return {
    port: Number(line.toString()),
    credentials,
    file: (name) => readFileSync(join(folder, name)),
    pictures: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.jpg'))
        .sort()
        .map((name) => readFileSync(join(folder, name))),
    kill: () => server.kill('SIGKILL'),
    async [Symbol.asyncDispose]() {
      const isOver = server.exitCode !== null || server.signalCode !== null
      server.stdin.end()
      if (!isOver) await once(server, 'exit')
      rmSync(folder, { recursive: true })
    },
  }
}

// SPDX-License-Identifier: Apache-2.0
/** One case: K simulated cameras, one relay, M readers; CPU and memory of the relay over the readers' window. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sample, sample } from './measure.ts'
import { here, program, type Running, start } from './programs.ts'

export const CAMERA_PORT = 21_000
export const RELAY_PORT = 22_000

/** How a relay is started for K cameras, and how M readers of it are. Readers print a `start` and an `end` line of JSON. */
export interface Peer {
  readonly name: string
  start(cameras: number): Promise<Running>
  readers(cameras: number, readers: number, timing: Timing): Running
}

export interface Timing {
  readonly warmSeconds: number
  readonly windowSeconds: number
}

/** What one run of a case gave. */
export interface Figures {
  readonly peer: string
  readonly cameras: number
  readonly readers: number
  readonly outMbps: number
  readonly cpuPercent: number
  readonly cpuPerGbit: number
  readonly rssMB: number
  readonly ttffMs: { readonly p50: number; readonly max: number }
  readonly latencyMs: { readonly p50: number; readonly p99: number }
  readonly framesLost: number
  readonly framesGot: number
  readonly live: number
}

const MEDIA = `${here}/media/cam-1080p25-main-4m.h264`

/** Starts the camera simulator; any number of readers may pull `/camN`. */
export const startCameras = async (): Promise<Running> => {
  const cameras = start(program('camsim'), ['-p', CAMERA_PORT, '-f', MEDIA, '-c', 'h264'])
  await sleep(500)
  return cameras
}

/** Viewers over RTSP. */
export const rtspReaders = (cameras: number, readers: number, timing: Timing): Running =>
  start(program('reader'), [
    ...['-p', RELAY_PORT, '-u', 'cam%d', '-n', readers, '-k', cameras],
    ...['-w', timing.warmSeconds, '-d', timing.windowSeconds, '-s', 5, '-c', 'h264'],
  ])

interface End {
  secs: number
  bytes: number
  mbps: number
  frames: number
  framesLost: number
  live: number
  ttffMs: { p50: number; max: number }
  latMs: { p50: number; p99: number }
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits))

/** Runs one case once. */
export const runCase = async (peer: Peer, cameras: number, readers: number, timing: Timing): Promise<Figures> => {
  const source = await startCameras()
  let relay: Running | undefined
  let viewers: Running | undefined
  try {
    relay = await peer.start(cameras)
    const pid = relay.pid
    let before: Sample | undefined
    viewers = peer.readers(cameras, readers, timing)
    const all = viewers
    const end = await new Promise<End>((resolve, reject) => {
      all.onJson((line) => {
        if (line['ev'] === 'start') before = sample(pid)
        if (line['ev'] === 'end') resolve(line as unknown as End)
      })
      all.child.once('close', () => reject(new Error(`${peer.name}: the readers ended early`)))
    })
    const after = sample(pid)
    if (!before) throw new Error(`${peer.name}: the readers never started their window`)
    const cpu = after.cpuSeconds - before.cpuSeconds
    return {
      peer: peer.name,
      cameras,
      readers,
      outMbps: round(end.mbps, 1),
      cpuPercent: round((cpu / (after.atMs - before.atMs)) * 100_000, 1),
      cpuPerGbit: round(cpu / ((end.bytes * 8) / 1e9), 3),
      rssMB: round(after.rssBytes / 1e6, 1),
      ttffMs: { p50: end.ttffMs.p50, max: end.ttffMs.max },
      latencyMs: { p50: end.latMs.p50, p99: end.latMs.p99 },
      framesLost: end.framesLost,
      framesGot: round(end.frames / (readers * 25 * end.secs), 3),
      live: end.live,
    }
  } finally {
    await viewers?.stop('SIGKILL')
    await relay?.stop()
    await source.stop()
    await sleep(200)
  }
}

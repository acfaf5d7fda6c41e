// SPDX-License-Identifier: Apache-2.0
/** Ingest alone: K cameras pulled, split into units and their last groups kept, nobody watching; beside the C floor, which only reads. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CAMERA_PORT, RELAY_PORT, startCameras, type Timing } from './case.ts'
import { sample } from './measure.ts'
import { here, program, type Running, start } from './programs.ts'

export interface IngestFigures {
  readonly name: string
  readonly cameras: number
  readonly inMbps: number
  readonly cpuPerGbit: number
  readonly rssMB: number
  readonly damaged: number
}

interface Counted {
  bytes: number
  damaged: number
}

/** Bytes that the cameras have sent so far, as they count them. */
const counted = (from: Running, ask: () => void): Promise<Counted> =>
  new Promise((resolve) => {
    from.onJson((line) => resolve({ bytes: Number(line['bytes']), damaged: Number(line['damaged'] ?? 0) }))
    ask()
  })

const measure = async (name: string, cameras: number, timing: Timing, open: () => Running): Promise<IngestFigures> => {
  const source = await startCameras()
  const relay = open()
  try {
    await sleep(timing.warmSeconds * 1000 + 1500)
    const sent = () => counted(source, () => source.child.kill('SIGUSR1'))
    const [before, first] = [sample(relay.pid), await sent()]
    await sleep(timing.windowSeconds * 1000)
    const [after, last] = [sample(relay.pid), await sent()]
    const gbit = ((last.bytes - first.bytes) * 8) / 1e9
    const seconds = (after.atMs - before.atMs) / 1000
    const { damaged } = name === 'C floor' ? { damaged: 0 } : await counted(relay, () => relay.child.kill('SIGUSR2'))
    return {
      name,
      cameras,
      inMbps: Number(((gbit * 1000) / seconds).toFixed(1)),
      cpuPerGbit: Number(((after.cpuSeconds - before.cpuSeconds) / gbit).toFixed(3)),
      rssMB: Number((after.rssBytes / 1e6).toFixed(1)),
      damaged,
    }
  } finally {
    await relay.stop()
    await source.stop()
    await sleep(200)
  }
}

/** Floor and product, one after the other. */
export const ingest = async (cameras: number, timing: Timing): Promise<IngestFigures[]> => [
  await measure('C floor', cameras, timing, () =>
    start(program('relayfloor'), ['-p', RELAY_PORT, '-P', CAMERA_PORT, '-k', cameras]),
  ),
  await measure('OpenHMP', cameras, timing, () =>
    start(process.execPath, [`${here}/plain-relay.ts`, RELAY_PORT, CAMERA_PORT, cameras]),
  ),
]

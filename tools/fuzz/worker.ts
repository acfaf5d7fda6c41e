// SPDX-License-Identifier: Apache-2.0
/** A thread that fuzzes one target, so that a hang can be seen and ended from outside. */
import { parentPort, workerData } from 'node:worker_threads'
import { campaign } from './campaign.ts'
import { targets } from './targets.ts'

/** What the thread is told. */
export interface WorkerTask {
  readonly target: string
  readonly seed: number
  readonly firstRun: number
  readonly runs: number
  /** The run under way, readable while the thread is busy. */
  readonly progress: Int32Array
}

const { target: name, progress, ...options } = workerData as WorkerTask
const target = targets.find((one) => one.name === name)
if (!target) throw new Error(`no target "${name}"`)

// A stack costs more than most inputs do.
Error.stackTraceLimit = 0
const result = await campaign(target, { ...options, onProgress: (run) => Atomics.store(progress, 0, run) })
parentPort?.postMessage({
  ...result,
  cpuMs: process.threadCpuUsage().user / 1000 + process.threadCpuUsage().system / 1000,
})

// SPDX-License-Identifier: Apache-2.0
/** Starts the fuzzing of one target in a thread of its own, watches that it moves, and bounds its memory. */
import { Worker } from 'node:worker_threads'
import type { CampaignResult } from './campaign.ts'
import type { WorkerTask } from './worker.ts'

/** Without progress for this long, an input hangs. */
const HANG_MS = 30_000
const MAX_HEAP_MB = 512

/** A campaign's result, with the processor time of its thread. */
export interface SupervisedResult extends CampaignResult {
  readonly cpuMs: number
}

/** Runs it. Rejects when the thread dies or hangs, naming the runs among which the input is. */
export const supervise = (
  task: Omit<WorkerTask, 'progress'>,
  onProgress?: (run: number) => void,
): Promise<SupervisedResult> => {
  const progress = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { ...task, progress } satisfies WorkerTask,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  })
  const again = (run: number) => `--target ${task.target} --seed ${task.seed} --first ${run} --runs 5000`
  return new Promise((resolve, reject) => {
    let last = -1
    let movedAt = performance.now()
    const watch = setInterval(() => {
      const run = Atomics.load(progress, 0)
      if (run !== last) {
        last = run
        movedAt = performance.now()
        onProgress?.(run)
      } else if (performance.now() - movedAt > HANG_MS) {
        reject(new Error(`hangs: ${again(run)}`))
        void worker.terminate()
      }
    }, 500)
    worker.once('message', resolve)
    worker.once('error', (error) =>
      reject(new Error(`${error.message}: ${again(Math.max(last, 0))}`, { cause: error })),
    )
    worker.once('exit', () => {
      clearInterval(watch)
      reject(new Error(`the thread ended without a result: ${again(Math.max(last, 0))}`))
    })
  })
}

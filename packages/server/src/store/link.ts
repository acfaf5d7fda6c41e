// SPDX-License-Identifier: Apache-2.0
/** The main thread's end of a database worker: jobs out, results in, a bounded number of them at a time. */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Defect, Pending, Refusal } from '@openhmp/protocol/base'
import type { JobResult, Statement, StatementResult, WorkerInit, WorkerReady } from './job.ts'

/** Jobs under way in one worker; one more is refused, so that a slow disk does not fill the memory. */
export const MAX_JOBS = 20_000

/** SQLite's result codes (https://sqlite.org/rescode.html) as ours; extended codes by their low byte. */
const refusalOf = (code: string, message: string): Error => {
  const extended = Number(code.replace('sqlite.', ''))
  if (extended === 2067 || extended === 1555) return new Refusal('conflict', 'store.exists', message)
  switch (extended & 0xff) {
    case 5:
    case 6:
      return new Refusal('unavailable', 'store.locked', `another program holds the database: ${message}`)
    case 8:
    case 14:
      return new Refusal('unavailable', 'store.unwritable', `the data folder cannot be written: ${message}`)
    case 10:
    case 13:
      return new Refusal('unavailable', 'store.disk', `the disk is full or failing: ${message}`)
    case 11:
    case 26:
      return new Refusal('unavailable', 'store.damaged', `the database file is damaged: ${message}`)
    default:
      return new Defect(`a statement failed: ${message}`)
  }
}

/** One worker. Made by `open`; nothing runs in it after `dispose`. */
export class WorkerLink implements AsyncDisposable {
  readonly #worker: Worker
  readonly #jobs = new Pending<number, readonly StatementResult[]>()
  readonly #exited: Promise<void>
  #lastId = 0
  #isClosing = false

  private constructor(worker: Worker, onCrash: (error: Error) => void) {
    this.#worker = worker
    worker.on('message', (result: JobResult) => {
      if (!('id' in result)) return
      if ('error' in result) this.#jobs.fail(result.id, refusalOf(result.error.code, result.error.message))
      else this.#jobs.settle(result.id, result.results)
    })
    this.#exited = new Promise((resolve) => {
      let cause: unknown
      worker.once('error', (error) => {
        cause = error
      })
      worker.once('exit', () => {
        const error = new Defect('a database thread has ended', { cause })
        this.#jobs.close(error)
        resolve()
        if (!this.#isClosing) onCrash(error)
      })
    })
  }

  /** Starts the thread; rejects with a `Refusal` `store.*` when the file cannot be used. `onCrash` is told of its death. */
  static async open(init: WorkerInit, onCrash: (error: Error) => void): Promise<WorkerLink> {
    const worker = new Worker(new URL(`./worker${extname(import.meta.filename)}`, import.meta.url), {
      workerData: init,
      name: `store ${init.role}`,
    })
    const ready = await new Promise<WorkerReady>((resolve, reject) => {
      // Under `node --watch` a worker's first messages are Node's own.
      worker.on('message', (message: WorkerReady) => 'ready' in message && resolve(message))
      worker.once('error', reject)
    })
    if (!ready.ready) {
      await worker.terminate()
      throw refusalOf(ready.code, ready.message)
    }
    worker.removeAllListeners('error')
    return new WorkerLink(worker, onCrash)
  }

  get pendingJobs(): number {
    return this.#jobs.size
  }

  /** Carries statements out together; resolves once they are durable. */
  run(statements: readonly Statement[]): Promise<readonly StatementResult[]> {
    if (this.#jobs.size >= MAX_JOBS)
      return Promise.reject(new Refusal('unavailable', 'store.busy', 'the database is not keeping up'))
    const id = ++this.#lastId
    const wait = this.#jobs.wait(id)
    this.#worker.postMessage({ id, statements })
    return wait
  }

  /** What was asked before is still carried out. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true
      this.#worker.postMessage('close')
    }
    await this.#exited
  }
}

// SPDX-License-Identifier: Apache-2.0
/**
 * The demo site: emulated cameras that somebody else starts (the command line does, as another process), added here by
 * the same functions that the API's routes call. Half of them are reached over ISAPI and RTSP, half dial in over HMP.
 */
import type { Demo as DemoState } from '@openhmp/contract'
import { HmpError, Refusal } from '@openhmp/protocol/base'
import type { DeviceWish } from '../fleet/wish.ts'

/** What is to be started. */
export interface DemoRequest {
  /** Cameras to be reached by address. */
  readonly direct: number
  /** One token for each camera that dials in, and where to. */
  readonly join: { readonly url: string; readonly tokens: readonly string[] }
  /** Emulated cameras died by themselves. */
  onEnd(text: string): void
}

/** A started site. Disposing ends every emulated camera. */
export interface RunningSite extends AsyncDisposable {
  readonly direct: readonly {
    readonly address: string
    readonly rtspPort: number
    readonly userName: string
    readonly password: string
    readonly name?: string
  }[]
}

/** Whoever can start emulated cameras; handed to `startServer`. */
export interface DemoSite {
  start(request: DemoRequest, options: { signal: AbortSignal }): Promise<RunningSite>
}

/** The public ways to devices. */
interface DemoParts {
  readonly site: DemoSite | undefined
  /** Where devices dial in. */
  joinUrl(): string
  add(device: DeviceWish): Promise<{ id: string; token: string | null }>
  remove(id: string): Promise<void>
  demoDevices(): readonly string[]
  publish(state: DemoState): void
  onError(error: unknown): void
}

const START_MS = 60_000

/** The demo site's state. */
export class Demo implements AsyncDisposable {
  readonly #parts: DemoParts
  #state: DemoState = { state: 'stopped', cameras: 0 }
  #running: RunningSite | undefined
  #stop = new AbortController()
  #work: Promise<void> = Promise.resolve()

  constructor(parts: DemoParts) {
    this.#parts = parts
  }

  get isPossible(): boolean {
    return this.#parts.site !== undefined
  }

  get state(): DemoState {
    return this.#state
  }

  /** Starts it in the background; while it is starting or running, that is told. */
  start(cameras: number): DemoState {
    const { site } = this.#parts
    if (!site)
      throw new Refusal('unavailable', 'demo.none', 'this server has no emulated cameras: start one with hmp emulate')
    if (this.#state.state === 'starting' || this.#state.state === 'running') return this.#state
    this.#stop = new AbortController()
    this.#move({ state: 'starting', cameras })
    this.#work = this.#work.then(() => this.#begin(site, cameras))
    return this.#state
  }

  /** Takes up the demo of an earlier run: its cameras are started anew. */
  resume(): void {
    const { length } = this.#parts.demoDevices()
    if (length > 0 && this.isPossible) this.start(length)
  }

  /** Ends the cameras and removes their devices; their events stay. */
  async stop(): Promise<DemoState> {
    this.#stop.abort()
    this.#work = this.#work.then(() => this.#clear())
    await this.#work
    this.#move({ state: 'stopped', cameras: 0 })
    return this.#state
  }

  async #begin(site: DemoSite, cameras: number): Promise<void> {
    const { add, joinUrl, onError } = this.#parts
    const { signal } = this.#stop
    try {
      await this.#clear()
      signal.throwIfAborted()
      const dialling = Math.floor(cameras / 2)
      const tokens: string[] = []
      for (let i = 0; i < dialling; i++) tokens.push((await add({ kind: 'hmp' })).token!)
      this.#running = await site.start(
        {
          direct: cameras - dialling,
          join: { url: joinUrl(), tokens },
          onEnd: (text) => {
            if (!signal.aborted) this.#move({ state: 'failed', cameras, text })
          },
        },
        { signal: AbortSignal.any([signal, AbortSignal.timeout(START_MS)]) },
      )
      for (const { address, rtspPort, userName, password, name } of this.#running.direct) {
        signal.throwIfAborted()
        await add({ kind: 'isapi', address, rtspPort, userName, password, ...(name === undefined ? {} : { name }) })
      }
      this.#move({ state: 'running', cameras })
    } catch (error) {
      if (signal.aborted) return
      onError(error)
      const text = error instanceof HmpError ? error.message : 'the demo site could not be started; the log says why'
      this.#move({ state: 'failed', cameras, text })
    }
  }

  async #clear(): Promise<void> {
    const { demoDevices, remove, onError } = this.#parts
    try {
      const running = this.#running
      this.#running = undefined
      await running?.[Symbol.asyncDispose]()
      for (const id of demoDevices()) await remove(id)
    } catch (error) {
      onError(error)
    }
  }

  #move(state: DemoState): void {
    this.#state = state
    this.#parts.publish(state)
  }

  /** Ends the cameras; their devices stay for the next run. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#work
    await this.#running?.[Symbol.asyncDispose]()
    this.#running = undefined
  }
}

// SPDX-License-Identifier: Apache-2.0
/** One picture on the page: an element to put anywhere, a status to watch, and what may be asked of it. */
import type { ViewTarget } from './messages.ts'
import { MseSink } from './mse-sink.ts'
import { firstStatus, type Profile, type ViewStatus } from './status.ts'

/** What a view asks of its engine. */
export interface ViewHost {
  setProfile(profile: Profile): void
  setSound(isOn: boolean, profile: Profile): Promise<void>
  snapshot(): Promise<Blob | undefined>
  shown(decoded: number, painted: number): void
  retry(): void
  close(): void
}

export class LiveView {
  readonly target: ViewTarget
  /** Lives outside React: re-rendering never touches the picture. */
  readonly element = document.createElement('div')
  readonly canvas = document.createElement('canvas')
  readonly #host: ViewHost
  readonly #watchers = new Set<() => void>()
  #status: ViewStatus
  #sink: MseSink | undefined

  constructor(target: ViewTarget, host: ViewHost) {
    this.target = target
    this.#host = host
    this.#status = { ...firstStatus, profile: target.profile }
    this.element.append(this.canvas)
    this.element.dataset['live'] = `${target.device}/${target.channel}`
    this.canvas.setAttribute('aria-hidden', 'true')
  }

  readonly status = (): ViewStatus => this.#status
  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  setProfile(profile: Profile): void {
    this.#host.setProfile(profile)
  }
  setSound(isOn: boolean, profile: Profile): Promise<void> {
    return this.#host.setSound(isOn, profile)
  }
  snapshot(): Promise<Blob | undefined> {
    return this.#sink ? this.#sink.snapshot() : this.#host.snapshot()
  }
  retry(): void {
    this.#host.retry()
  }
  close(): void {
    this.#sink?.close()
    this.element.remove()
    this.#host.close()
  }

  /** From the engine alone. */
  hear(status: ViewStatus): void {
    this.#status = status
    for (const watcher of this.#watchers) watcher()
  }
  beginMse(mime: string, init: Uint8Array<ArrayBuffer>): void {
    this.#sink ??= new MseSink((decoded, painted) => this.#host.shown(decoded, painted))
    this.#sink.begin(mime, init)
    this.element.replaceChildren(this.#sink.video)
  }
  pushMse(fragment: Uint8Array<ArrayBuffer>): void {
    this.#sink?.push(fragment)
  }
  showCanvas(): void {
    if (!this.#sink) return
    this.#sink.close()
    this.#sink = undefined
    this.element.replaceChildren(this.canvas)
  }
}

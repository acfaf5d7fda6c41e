// SPDX-License-Identifier: Apache-2.0
/** The page's end of the player: starts the worker with the first picture, and hands each view its news. */
import { API_ROOT } from '@openhmp/contract'
import { session } from '../api/client.ts'
import { LiveView } from './live-view.ts'
import { Loudspeaker } from './loudspeaker.ts'
import type { FromWorker, ToWorker, ViewTarget } from './messages.ts'
import type { ViewCounters } from './status.ts'

declare global {
  interface Window {
    /** For tests and the curious: what each view has counted. */
    openhmp: { live(): ViewCounters[] }
  }
}

class LiveEngine {
  readonly #views = new Map<number, LiveView>()
  readonly #asks = new Map<number, (blob: Blob | undefined) => void>()
  readonly #loudspeaker = new Loudspeaker()
  #counters: ViewCounters[] = []
  #worker: Worker | undefined
  #number = 0
  #sounding: number | undefined

  readonly counters = (): ViewCounters[] => this.#counters

  /** Opens a picture; the caller closes it. */
  open(target: ViewTarget): LiveView {
    const number = ++this.#number
    const view: LiveView = new LiveView(target, {
      setProfile: (profile) => this.#tell({ do: 'profile', view: number, profile }),
      setSound: (isOn, profile) => this.#setSound(number, isOn, profile),
      shown: (decoded, painted) => this.#tell({ do: 'shown', view: number, decoded, painted }),
      retry: () => this.nudge(target.device),
      snapshot: () =>
        new Promise((resolve) => {
          const ask = ++this.#number
          this.#asks.set(ask, resolve)
          this.#tell({ do: 'snapshot', view: number, ask })
        }),
      close: () => {
        if (this.#sounding === number) this.#sounding = undefined
        this.#views.delete(number)
        this.#tell({ do: 'close', view: number })
      },
    })
    this.#views.set(number, view)
    const canvas = view.canvas.transferControlToOffscreen()
    this.#tell({ do: 'open', view: number, target, canvas }, [canvas])
    return view
  }

  /** Something changed for the better: views that wait try now. */
  nudge(device?: string): void {
    if (this.#worker) this.#tell({ do: 'nudge', device })
  }

  async #setSound(view: number, isOn: boolean, profile: ViewTarget['profile']): Promise<void> {
    if (this.#sounding !== undefined && (isOn || this.#sounding === view))
      this.#tell({ do: 'sound', view: this.#sounding, port: null, profile })
    if (!isOn) {
      if (this.#sounding === view) this.#sounding = undefined
      return
    }
    this.#sounding = view
    const port = await this.#loudspeaker.open()
    if (this.#sounding === view) this.#tell({ do: 'sound', view, port, profile }, [port])
  }

  #tell(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker ??= this.#start()
    this.#worker.postMessage(message, transfer)
  }

  #start(): Worker {
    const worker = new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module', name: 'live' })
    worker.onmessage = (event: MessageEvent<FromWorker>) => this.#hear(event.data)
    const url = new URL(`${API_ROOT}/hmp`, location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const plays = (codec: string) =>
      typeof MediaSource === 'function' && MediaSource.isTypeSupported(`video/mp4; codecs="${codec}"`)
    const message: ToWorker = {
      do: 'start',
      url: url.href,
      software: 'openhmp-console/0.1.0',
      transport: localStorage.getItem('openhmp.transport') === 'mse' ? 'mse' : 'auto',
      mse: { h264: plays('avc1.640028'), h265: plays('hvc1.1.6.L120.B0') },
    }
    worker.postMessage(message)
    addEventListener('online', () => this.nudge())
    return worker
  }

  #hear(message: FromWorker): void {
    switch (message.tell) {
      case 'status':
        this.#views.get(message.view)?.hear(message.status)
        return
      case 'counters':
        this.#counters = message.counters.map((row) => row.counters)
        return
      case 'mse':
        this.#views.get(message.view)?.beginMse(message.mime, message.init)
        return
      case 'fragment':
        this.#views.get(message.view)?.pushMse(message.bytes)
        return
      case 'canvas':
        this.#views.get(message.view)?.showCanvas()
        return
      case 'signedOut':
        session.onDoubt()
        return
      case 'snapshot':
        this.#asks.get(message.ask)?.(message.blob)
        this.#asks.delete(message.ask)
    }
  }
}

export const liveEngine = new LiveEngine()
window.openhmp = { live: liveEngine.counters }

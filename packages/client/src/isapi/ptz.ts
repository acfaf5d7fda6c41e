// SPDX-License-Identifier: Apache-2.0
/** Moving a camera. A yes means "on my way": `settled` waits until it is there. */
import type { Clock } from '@openhmp/protocol/base'
import {
  type PtzMove,
  type PtzPosition,
  type PtzPreset,
  ptzMoveElement,
  ptzPositionElement,
  ptzPresetElement,
  readPtzPresets,
  readPtzStatus,
} from '@openhmp/protocol/isapi'
import { formatXml } from '@openhmp/protocol/xml'
import { confirmationOf } from './answer.ts'
import type { IsapiDoor } from './resource.ts'

interface Asking {
  readonly signal?: AbortSignal
}

/** How often a moving camera is asked where it is. */
const ASK_EVERY_MS = 250
/** A turn of a slow one takes well under a minute. */
const MAX_MOVE_MS = 60_000

/** The head of one channel. Everything rejects with `PeerError` `isapi.not-supported` where the camera cannot move. */
export class Ptz {
  readonly #door: IsapiDoor
  readonly #path: string

  constructor(door: IsapiDoor, channel: number) {
    this.#door = door
    this.#path = `/ISAPI/PTZCtrl/channels/${channel}`
  }

  /** Moves until told otherwise: `stop`, or another order. */
  async move(move: PtzMove, options: Asking = {}): Promise<void> {
    await this.#door.putXml(`${this.#path}/continuous`, formatXml(ptzMoveElement(move)), options)
  }

  async stop(options: Asking = {}): Promise<void> {
    await this.move({}, options)
  }

  /** Moves for a while; the camera ends it by itself. */
  async moveFor(move: PtzMove, ms: number, options: Asking = {}): Promise<void> {
    await this.#door.putXml(`${this.#path}/momentary`, formatXml(ptzMoveElement(move, ms)), options)
  }

  /** Goes to a position. */
  async goTo(position: PtzPosition, options: Asking = {}): Promise<void> {
    await this.#door.putXml(`${this.#path}/absolute`, formatXml(ptzPositionElement(position)), options)
  }

  /** Where it looks; undefined when the camera does not tell. */
  async position(options: Asking = {}): Promise<PtzPosition | undefined> {
    return readPtzStatus(await this.#door.getXml(`${this.#path}/status`, options))
  }

  /** Waits until it stands still, and gives where; undefined when the camera does not tell, or turns on and on. */
  async settled({ clock, signal }: Asking & { readonly clock: Clock }): Promise<PtzPosition | undefined> {
    const asking = signal ? { signal } : {}
    const until = clock.monotonic() + MAX_MOVE_MS
    let last = await this.position(asking)
    while (last && clock.monotonic() < until) {
      await clock.sleep(ASK_EVERY_MS, asking)
      const now = await this.position(asking)
      if (JSON.stringify(now) === JSON.stringify(last)) return now
      last = now
    }
    return undefined
  }

  async presets(options: Asking = {}): Promise<PtzPreset[]> {
    return readPtzPresets(await this.#door.getXml(`${this.#path}/presets`, options))
  }

  /** Keeps the present position under a number. */
  async setPreset(id: number, name: string, options: Asking = {}): Promise<void> {
    await this.#door.putXml(`${this.#path}/presets/${id}`, formatXml(ptzPresetElement(id, name)), options)
  }

  async gotoPreset(id: number, options: Asking = {}): Promise<void> {
    await this.#door.putXml(`${this.#path}/presets/${id}/goto`, '', options)
  }

  async deletePreset(id: number, options: Asking = {}): Promise<void> {
    const path = `${this.#path}/presets/${id}`
    confirmationOf(await this.#door.delete(path, options), `${this.#door.name}: DELETE ${path}`)
  }
}

// SPDX-License-Identifier: Apache-2.0
/** What turns access units into pictures: one of three ways, chosen by codec and browser (choose.ts). */
import type { AccessUnit } from '@openhmp/protocol/payload'
import type { Picture } from './painter.ts'
import type { Transport, Why } from './status.ts'

export interface PlayerEvents {
  /** A picture is ready; the listener closes it. MSE paints by itself and gives none. */
  onPicture(picture: Picture): void
  /** This player is done for; the feed makes another at the next key picture. */
  onFault(why: Why): void
}

export interface Player {
  readonly transport: Transport
  readonly decoded: number
  /** Units that were thrown away, to stay near to now. */
  readonly dropped: number
  /** From arrival to picture, the latest, in ms. */
  readonly decodeMs: number
  /** Takes a whole, undamaged unit; the first one is a key. False: it was thrown away and so is all up to the next key. */
  push(unit: AccessUnit, parameterSets: readonly Uint8Array[], nowMs: number): boolean
  close(): void
}

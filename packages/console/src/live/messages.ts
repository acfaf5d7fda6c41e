// SPDX-License-Identifier: Apache-2.0
/** What page and worker tell each other. Media never passes here, except where the browser has no decoder in workers (MSE). */
import type { Profile, ViewCounters, ViewStatus } from './status.ts'

/** What is to be shown: a channel, whether it has a smaller stream, and which of the two is wanted. */
export interface ViewTarget {
  readonly device: string
  readonly channel: number
  readonly profile: Profile
  readonly hasSub: boolean
}

export type ToWorker =
  /** First of all. `mse`: what this browser's media source plays, for codecs that the decoder refuses. */
  | { do: 'start'; url: string; software: string; transport: 'auto' | 'mse'; mse: { h264: boolean; h265: boolean } }
  | { do: 'open'; view: number; target: ViewTarget; canvas: OffscreenCanvas }
  | { do: 'profile'; view: number; profile: Profile }
  | { do: 'sound'; view: number; port: MessagePort | null; profile: Profile }
  | { do: 'close'; view: number }
  | { do: 'snapshot'; view: number; ask: number }
  /** Something changed for the better (a device is back, the person pressed retry): try now. */
  | { do: 'nudge'; device?: string | undefined }
  /** From the MSE sink: how many pictures the element has shown. */
  | { do: 'shown'; view: number; decoded: number; painted: number }

export type FromWorker =
  | { tell: 'status'; view: number; status: ViewStatus }
  | { tell: 'counters'; counters: { view: number; counters: ViewCounters }[] }
  | { tell: 'snapshot'; ask: number; blob: Blob | undefined }
  | { tell: 'mse'; view: number; mime: string; init: Uint8Array<ArrayBuffer> }
  | { tell: 'fragment'; view: number; bytes: Uint8Array<ArrayBuffer> }
  /** The canvas shows again. */
  | { tell: 'canvas'; view: number }
  /** The server says that we are not signed in. */
  | { tell: 'signedOut' }

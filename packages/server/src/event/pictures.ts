// SPDX-License-Identifier: Apache-2.0
/**
 * Pictures of events: what the device sent with its alert, else a snapshot taken at once. Kept within a number and a
 * size; of more, the oldest go.
 */
import type { Clock } from '@openhmp/protocol/base'
import type { Store } from '../store/store.ts'

/** Longest picture that is kept. */
export const MAX_PICTURE_BYTES = 4 * 1024 * 1024
/** All pictures together. */
export const MAX_TOTAL_BYTES = 512 * 1024 * 1024
export const MAX_PICTURES = 50_000
/** Snapshots asked for at a time; an event that comes when all are taken stays without a picture. */
export const MAX_SNAPSHOTS = 8
/** And in a second, so that a flood of events costs no more than its first pictures; so many may come together. */
export const SNAPSHOTS_A_SECOND = 32
export const SNAPSHOTS_TOGETHER = 64
const SNAPSHOT_MS = 5000
/** How much is freed at once when it is too much. */
const FREE_PART = 0.1

/** What a picture is of. */
export interface PictureWish {
  readonly event: string
  readonly device: string
  readonly channel: number | undefined
  /** As it came with the alert. */
  readonly given: Uint8Array | undefined
}

interface PictureParts {
  readonly store: Store
  readonly clock: Clock
  readonly limits?: { readonly totalBytes: number; readonly pictures: number }
  snapshot(device: string, channel: number, signal: AbortSignal): Promise<Uint8Array>
}

/** JPEG (ITU-T T.81 §B.1.1.3) begins so, and nothing else is shown to browsers. */
const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff

/** The pictures. Owns the snapshots under way until disposed. */
export class Pictures implements AsyncDisposable {
  readonly #parts: PictureParts
  readonly #busy = new Set<string>()
  /** By their events. */
  readonly #running = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()
  readonly #limits: { readonly totalBytes: number; readonly pictures: number }
  #count: number
  #bytes: number
  /** Snapshots that may be asked for now. */
  #allowed = SNAPSHOTS_TOGETHER
  #allowedMs = 0
  /** Snapshots that could not be had. */
  missed = 0

  private constructor(parts: PictureParts, total: { count: number; bytes: number }) {
    this.#parts = parts
    this.#limits = parts.limits ?? { totalBytes: MAX_TOTAL_BYTES, pictures: MAX_PICTURES }
    this.#count = total.count
    this.#bytes = total.bytes
  }

  static async open(parts: PictureParts): Promise<Pictures> {
    const total = await parts.store.db
      .selectFrom('eventPicture')
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number | null>('sizeBytes').as('bytes')])
      .executeTakeFirstOrThrow()
    return new Pictures(parts, { count: Number(total.count), bytes: Number(total.bytes ?? 0) })
  }

  get totalBytes(): number {
    return this.#bytes
  }

  /** Gets and stores the picture of a new event; `done` is called once it is there. Returns at once. */
  take(wish: PictureWish, done: () => Promise<void>): void {
    const running = this.#get(wish)
      .then(async (bytes) => {
        if (bytes && (await this.#keep(wish.event, bytes))) await done()
      })
      .catch(() => {
        this.missed++ // the event stands without a picture
      })
      .finally(() => this.#running.delete(wish.event))
    this.#running.set(wish.event, running)
  }

  /** The picture of an event, if there is one. */
  async of(event: string): Promise<Uint8Array | undefined> {
    const query = this.#parts.store.db.selectFrom('eventPicture').select('bytes').where('eventId', '=', event)
    return (await query.executeTakeFirst())?.bytes
  }

  /** The same, once it is there or known not to come. */
  async awaited(event: string): Promise<Uint8Array | undefined> {
    await this.#running.get(event)
    return this.of(event)
  }

  async #get({ device, channel, given }: PictureWish): Promise<Uint8Array | undefined> {
    if (given && isJpeg(given)) return given
    const camera = `${device}/${channel}`
    if (channel === undefined || this.#busy.size >= MAX_SNAPSHOTS || this.#busy.has(camera)) return undefined
    if (!this.#isAllowed()) return undefined
    this.#busy.add(camera)
    try {
      return await this.#parts.snapshot(
        device,
        channel,
        AbortSignal.any([this.#stop.signal, AbortSignal.timeout(SNAPSHOT_MS)]),
      )
    } finally {
      this.#busy.delete(camera)
    }
  }

  #isAllowed(): boolean {
    const nowMs = this.#parts.clock.monotonic()
    const earned = ((nowMs - this.#allowedMs) / 1000) * SNAPSHOTS_A_SECOND
    this.#allowed = Math.min(SNAPSHOTS_TOGETHER, this.#allowed + earned)
    this.#allowedMs = nowMs
    if (this.#allowed < 1) return false
    this.#allowed--
    return true
  }

  async #keep(eventId: string, bytes: Uint8Array): Promise<boolean> {
    if (!isJpeg(bytes) || bytes.length > MAX_PICTURE_BYTES) return false
    const { store, clock } = this.#parts
    const { db } = store
    await store.write([
      db.insertInto('eventPicture').values({ eventId, bytes, sizeBytes: bytes.length, createdAt: clock.now() }),
      db.updateTable('event').set({ hasPicture: 1 }).where('id', '=', eventId),
    ])
    this.#count++
    this.#bytes += bytes.length
    if (this.#bytes > this.#limits.totalBytes || this.#count > this.#limits.pictures) await this.#free()
    return true
  }

  async #free(): Promise<void> {
    const { store } = this.#parts
    const { db } = store
    const number = Math.max(1, Math.ceil(this.#count * FREE_PART))
    const query = db.selectFrom('eventPicture').select(['eventId', 'sizeBytes']).orderBy('createdAt').limit(number)
    const oldest = await query.execute()
    const ids = oldest.map(({ eventId }) => eventId)
    if (ids.length === 0) return
    await store.write([
      db.deleteFrom('eventPicture').where('eventId', 'in', ids),
      db.updateTable('event').set({ hasPicture: 0 }).where('id', 'in', ids),
    ])
    this.#count -= ids.length
    for (const { sizeBytes } of oldest) this.#bytes -= sizeBytes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running.values())
  }
}

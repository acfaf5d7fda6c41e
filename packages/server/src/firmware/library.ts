// SPDX-License-Identifier: Apache-2.0
/**
 * The library of firmware: a file for each image, named by its SHA-256, in a folder of the data folder, and a row that
 * says what it is. A file is written beside its place and moved there when it is whole and on the disk.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MAX_FIRMWARE_BYTES } from '@openhmp/client'
import type { Firmware, NewFirmware } from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import type { Selectable } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Image } from './firmware-job.ts'

/** Images that are kept. */
export const MAX_IMAGES = 200
const PART = '.part'
const PIECE_BYTES = 64 * 1024

type Row = Selectable<Tables['firmware']>

const firmwareOf = ({ modelsJson, addedAt, ...row }: Row): Firmware => ({
  ...row,
  models: JSON.parse(modelsJson) as string[],
  addedAt: new Date(addedAt).toISOString(),
})

interface Parts {
  readonly store: Store
  readonly clock: Clock
  readonly dataDir: string
  /** Tests only. */
  readonly maxBytes?: number
}

/** The images that are kept. */
export class Library {
  readonly #parts: Parts
  readonly #folder: string

  private constructor(parts: Parts, folder: string) {
    this.#parts = parts
    this.#folder = folder
  }

  /** Opens or makes the folder; what a crash left half written is thrown away. */
  static async open(parts: Parts): Promise<Library> {
    const folder = join(parts.dataDir, 'firmware')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(folder)) if (name.endsWith(PART)) await rm(join(folder, name), { force: true })
    return new Library(parts, folder)
  }

  /** Newest first. */
  async list(): Promise<Firmware[]> {
    const query = this.#parts.store.db.selectFrom('firmware').selectAll().orderBy('addedAt', 'desc')
    return (await query.execute()).map(firmwareOf)
  }

  /** Throws `Refusal` `firmware.unknown`. */
  async get(id: string): Promise<Firmware> {
    const query = this.#parts.store.db.selectFrom('firmware').selectAll().where('id', '=', id)
    const row = await query.executeTakeFirst()
    if (!row) throw new Refusal('not-found', 'firmware.unknown', 'there is no such firmware')
    return firmwareOf(row)
  }

  /** Throws `Refusal` `firmware.unknown`. */
  async image(id: string): Promise<Image> {
    const { version, models, sizeBytes, sha256 } = await this.get(id)
    const file = join(this.#folder, sha256)
    return { id, version, models, sizeBytes, open: () => createReadStream(file, { highWaterMark: PIECE_BYTES }) }
  }

  /** Takes an image as it comes. Throws `Refusal` `firmware.large`, `firmware.empty`, `firmware.many`, `firmware.disk-full`. */
  async add(said: NewFirmware, content: AsyncIterable<Uint8Array>, by: string): Promise<Firmware> {
    const { store, clock } = this.#parts
    if ((await this.list()).length >= MAX_IMAGES)
      throw new Refusal('exhausted', 'firmware.many', `${MAX_IMAGES} images are kept, and no more: remove one`)
    const part = join(this.#folder, `${randomUUID()}${PART}`)
    try {
      const { sizeBytes, sha256 } = await this.#write(part, content)
      await rename(part, join(this.#folder, sha256))
      const { models, ...rest } = said
      const row: Row = {
        ...{ id: randomUUID(), ...rest, sha256, sizeBytes, by },
        ...{ modelsJson: JSON.stringify(models), addedAt: clock.now() },
      }
      await store.db.insertInto('firmware').values(row).execute()
      return firmwareOf(row)
    } catch (error) {
      await rm(part, { force: true })
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      const text = 'the disk of the server is full: free space there, then send the firmware again'
      throw new Refusal('unavailable', 'firmware.disk-full', text, { cause: error })
    }
  }

  /** Throws `Refusal` `firmware.unknown`, `firmware.in-use` while a job brings it to devices. */
  async remove(id: string): Promise<void> {
    const { db } = this.#parts.store
    const { sha256 } = await this.get(id)
    const open = await db
      .selectFrom('job')
      .select('title')
      .where('endedAt', 'is', null)
      .where('kind', '=', 'firmware')
      .where('specJson', 'like', `%${id}%`)
      .executeTakeFirst()
    if (open) throw new Refusal('conflict', 'firmware.in-use', `a job still needs it: ${open.title}`)
    await db.deleteFrom('firmware').where('id', '=', id).execute()
    const same = await db.selectFrom('firmware').select('id').where('sha256', '=', sha256).executeTakeFirst()
    if (!same) await rm(join(this.#folder, sha256), { force: true })
  }

  async #write(part: string, content: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number; sha256: string }> {
    const { maxBytes = MAX_FIRMWARE_BYTES } = this.#parts
    await using file = await open(part, 'wx', 0o600)
    const hash = createHash('sha256')
    let sizeBytes = 0
    for await (const piece of content) {
      sizeBytes += piece.length
      if (sizeBytes > maxBytes)
        throw new Refusal('invalid', 'firmware.large', `firmware of more than ${maxBytes / 1024 / 1024} MiB`)
      hash.update(piece)
      await file.writeFile(piece)
    }
    if (sizeBytes === 0) throw new Refusal('invalid', 'firmware.empty', 'the file is empty')
    await file.sync()
    return { sizeBytes, sha256: hash.digest('hex') }
  }
}

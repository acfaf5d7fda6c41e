// SPDX-License-Identifier: Apache-2.0
/** Floor plans: a row each, and its picture as a file of the data folder, named by the plan. */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChangePlan, Output, Plan } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { Selectable } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { type PictureFacts, pictureFacts } from './picture.ts'

/** Plans that are kept. */
export const MAX_PLANS = 100
export const MAX_PLAN_BYTES = 10 * 1024 * 1024
const PART = '.part'

type Row = Selectable<Tables['plan']>
type Change = Output<(typeof ChangePlan)['body']>

/** There is none, or none that one may know of. */
export const unknownPlan = (): Refusal => new Refusal('not-found', 'plan.unknown', 'there is no such plan')

const planOf = ({ camerasJson, type: _, ...row }: Row): Plan => ({ ...row, cameras: JSON.parse(camerasJson) })

/** All plans. */
export class Plans {
  readonly #store: Store
  readonly #folder: string

  private constructor(store: Store, folder: string) {
    this.#store = store
    this.#folder = folder
  }

  /** Opens or makes the folder; what a crash left half written is thrown away. */
  static async open({ store, dataDir }: { readonly store: Store; readonly dataDir: string }): Promise<Plans> {
    const folder = join(dataDir, 'plans')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(folder)) if (name.endsWith(PART)) await rm(join(folder, name), { force: true })
    return new Plans(store, folder)
  }

  /** By name. */
  async list(): Promise<Plan[]> {
    return (await this.#store.db.selectFrom('plan').selectAll().orderBy('name').execute()).map(planOf)
  }

  /** Throws `Refusal` `plan.unknown`. */
  async get(id: string): Promise<Plan> {
    return planOf(await this.#row(id))
  }

  /** Throws `Refusal` `plan.unknown`. */
  async picture(id: string): Promise<{ readonly bytes: Uint8Array; readonly type: string }> {
    const { type } = await this.#row(id)
    return { bytes: await readFile(join(this.#folder, id)), type }
  }

  /** Throws `Refusal` `plan.picture`, `plan.large`, `plan.many`. */
  async add(said: { name: string; site?: string | undefined }, content: AsyncIterable<Uint8Array>): Promise<Plan> {
    if ((await this.list()).length >= MAX_PLANS)
      throw new Refusal('exhausted', 'plan.many', `${MAX_PLANS} plans are kept, and no more: remove one`)
    const bytes = await gathered(content)
    const { type, width, height }: PictureFacts = pictureFacts(bytes)
    const id = randomUUID()
    await this.#write(id, bytes)
    const { name, site = null } = said
    const row: Row = { id, name, site, width, height, type, camerasJson: '[]', edition: 1 }
    await this.#store.db.insertInto('plan').values(row).execute()
    return planOf(row)
  }

  /** Throws `Refusal` `plan.unknown`, `plan.changed` when somebody else was faster. */
  async change(id: string, { edition, name, site, cameras }: Change): Promise<Plan> {
    const before = await this.#row(id)
    const row = { ...before, name, site, camerasJson: JSON.stringify(cameras), edition: before.edition + 1 }
    const update = this.#store.db.updateTable('plan').set(row).where('id', '=', id).where('edition', '=', edition)
    const [result] = await this.#store.write([update])
    if (result!.changes === 0)
      throw new Refusal('conflict', 'plan.changed', 'somebody has changed this plan meanwhile: look at it again')
    return planOf(row)
  }

  /** Throws `Refusal` `plan.unknown`. */
  async remove(id: string): Promise<Plan> {
    const plan = await this.get(id)
    await this.#store.db.deleteFrom('plan').where('id', '=', id).execute()
    await rm(join(this.#folder, id), { force: true })
    return plan
  }

  async #row(id: string): Promise<Row> {
    const row = await this.#store.db.selectFrom('plan').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw unknownPlan()
    return row
  }

  async #write(id: string, bytes: Uint8Array): Promise<void> {
    const part = join(this.#folder, `${id}${PART}`)
    try {
      await using file = await open(part, 'wx', 0o600)
      await file.writeFile(bytes)
      await file.sync()
      await rename(part, join(this.#folder, id))
    } catch (error) {
      await rm(part, { force: true })
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      const text = 'the disk of the server is full: free space there, then send the plan again'
      throw new Refusal('unavailable', 'plan.disk-full', text, { cause: error })
    }
  }
}

const gathered = async (content: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of content) {
    size += part.length
    if (size > MAX_PLAN_BYTES)
      throw new Refusal('invalid', 'plan.large', `the picture has more than ${MAX_PLAN_BYTES / 1024 / 1024} MiB`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

// SPDX-License-Identifier: Apache-2.0
/** Deeds on many addresses at once, few at a time; what a device refused is not tried there again. */
import { createHash } from 'node:crypto'
import { guardedDevice } from '@openhmp/client'
import type { ApiError } from '@openhmp/contract'
import { PeerError, Refusal } from '@openhmp/protocol/base'
import { failureOf } from '../api/failure.ts'

/** Devices that are worked on together. */
const ABREAST = 16

/** One of many: where it is, and with what account. */
export interface BatchItem {
  /** As the person wrote it. */
  readonly address: string
  /** Host and port where they can be told; of one host, one is worked on at a time. */
  readonly host: string | undefined
  readonly port: number
  readonly userName: string
  readonly password: string
}

/** How it went. */
export type Outcome<T> =
  | { readonly value: T; readonly problem: null }
  | { readonly value: null; readonly problem: ApiError }

/** Works on all of them; outcomes in the order of the items. `onOurs` is told of errors that are ours. */
export const workOnMany = async <Item extends BatchItem, T>(
  items: readonly Item[],
  work: (item: Item) => Promise<T>,
  onOurs: (error: unknown) => void,
): Promise<Outcome<T>[]> => {
  const outcomes: Outcome<T>[] = new Array(items.length)
  const refused = new Set<string>()
  const one = async (item: Item): Promise<Outcome<T>> => {
    const account = accountOf(item)
    try {
      if (refused.has(account)) throw refusedBefore(item)
      return { value: await work(item), problem: null }
    } catch (error) {
      if (error instanceof PeerError && error.retry === 'after-login') refused.add(account)
      const { body, isOurs } = failureOf(error)
      if (isOurs) onOurs(error)
      return { value: null, problem: body }
    }
  }
  const byHost = Map.groupBy(items.entries(), ([i, item]) => hostOf(item) ?? `${i}`)
  const waiting = byHost.values()
  const worker = async () => {
    for (const group of waiting) for (const [i, item] of group) outcomes[i] = await one(item)
  }
  await Promise.all(Array.from({ length: Math.min(ABREAST, byHost.size) }, worker))
  return outcomes
}

const refusedBefore = ({ address, userName }: BatchItem): Refusal =>
  new Refusal(
    'conflict',
    'batch.refused-before',
    `${address} refused the account ${userName} a moment ago: it is not tried twice, so that it is not locked`,
  )

const hostOf = ({ host, port }: BatchItem): string | undefined =>
  host === undefined ? undefined : guardedDevice(host.toLowerCase(), port)

const accountOf = (item: BatchItem): string =>
  createHash('sha256')
    .update(JSON.stringify([hostOf(item) ?? item.address, item.userName, item.password]))
    .digest('base64')

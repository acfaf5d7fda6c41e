// SPDX-License-Identifier: Apache-2.0
/**
 * Reboot of many devices: an order each, so that what a single reboot knows holds here too; a device is done when it was
 * seen to be back. Taken up again after a restart of the server, the order that was given counts: nobody is rebooted twice.
 */
import { type Clock, Refusal } from '@openhmp/protocol/base'
import type { JobKind, JobTarget, Task } from '../job/kind.ts'
import type { Orders, OrderTarget } from './orders.ts'

/** In whose name the orders are given. */
export interface RebootSpec {
  readonly who: string
  readonly source: string
}

/** Orders for the device from then on are this job's. */
interface RebootMemo {
  readonly since: number
}

interface RebootResult {
  readonly order: string
}

interface Parts {
  readonly clock: Clock
  readonly orders: Pick<Orders, 'since' | 'reboot' | 'ended'>
  /** Undefined when it was removed. */
  target(device: string): OrderTarget | undefined
}

/** The kind `reboot`. */
export class RebootJob implements JobKind<RebootSpec, RebootMemo, RebootResult> {
  readonly kind = 'reboot'
  readonly needs = 'device.reboot'
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async run(target: JobTarget, by: RebootSpec, task: Task<RebootMemo>): Promise<RebootResult> {
    const { clock, orders } = this.#parts
    const { id } = target.known
    const { memo } = task
    if (!memo) await task.remember({ since: clock.now() })
    const given = memo && (await orders.since(id, memo.since))
    const device = this.#parts.target(id)
    if (!device) throw new Refusal('not-found', 'device.unknown', 'the device was removed')
    task.progress(0.1, 'reboot')
    const order = given ?? (await orders.reboot(device, by))
    task.progress(0.3, 'return')
    const { state, text } = await orders.ended(order.id, task.signal)
    if (state !== 'done') throw new Refusal('conflict', 'order.failed', text ?? 'it was not rebooted')
    if (text !== null) task.log(text)
    return { order: order.id }
  }
}

// SPDX-License-Identifier: Apache-2.0
/** Many devices added with one call: some at a time, each with an outcome of its own. */
import type { AddDevices, Output } from '@openhmp/contract'
import { HmpError } from '@openhmp/protocol/base'
import type { Fleet } from '../fleet/fleet.ts'
import type { DeviceWish } from '../fleet/wish.ts'

/** Probed together. */
const ABREAST = 16

export type AddOutcome = Output<(typeof AddDevices)['answer']>['outcomes'][number]

/** In the order of the wishes. Rejects only with defects of ours. */
export const addMany = async (fleet: Pick<Fleet, 'add'>, wishes: readonly DeviceWish[]): Promise<AddOutcome[]> => {
  const outcomes: AddOutcome[] = []
  const waiting = wishes.entries()
  const work = async () => {
    for (const [i, wish] of waiting) outcomes[i] = await add(fleet, wish)
  }
  await Promise.all(Array.from({ length: ABREAST }, work))
  return outcomes
}

const add = async (fleet: Pick<Fleet, 'add'>, wish: DeviceWish): Promise<AddOutcome> => {
  try {
    const { device, token } = await fleet.add(wish, { isDemo: false })
    return { device: device.id, token, problem: null }
  } catch (error) {
    if (error instanceof HmpError)
      return { device: null, token: null, problem: { code: error.code, text: error.message } }
    if (error instanceof Error && error.name === 'TimeoutError')
      return { device: null, token: null, problem: { code: 'link.timeout', text: 'the device did not answer in time' } }
    throw error
  }
}

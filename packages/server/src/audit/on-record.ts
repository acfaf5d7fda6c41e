// SPDX-License-Identifier: Apache-2.0
/** Whether anything was put on record in the course of a call: what was not, its caller writes down. */
import { AsyncLocalStorage } from 'node:async_hooks'

const calls = new AsyncLocalStorage<{ isOnRecord: boolean }>()

/** A row was written on behalf of the call that is under way, if one is. */
export const noteRow = (): void => {
  const call = calls.getStore()
  if (call) call.isOnRecord = true
}

/** Does the work; tells whether it left a row. */
export const watchRows = async <T>(work: () => Promise<T>): Promise<{ result: T; isOnRecord: boolean }> => {
  const call = { isOnRecord: false }
  const result = await calls.run(call, work)
  return { result, ...call }
}

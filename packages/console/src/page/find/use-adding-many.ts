// SPDX-License-Identifier: Apache-2.0
/** Adds many devices, some at a time, so that each row tells at once how it went. */
import { AddDevices, type ApiError, type DeviceId, type FoundDevice } from '@openhmp/contract'
import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { call } from '../../api/call.ts'
import { keyOf, wishFor } from './standing.ts'
import { lookAgain } from './use-search.ts'

/** The server probes so many together. */
const ABREAST = 16

/** How it went with one device. */
export type Outcome =
  | { readonly state: 'waiting' | 'working' }
  | { readonly state: 'added'; readonly device: DeviceId; readonly name: string }
  | { readonly state: 'failed'; readonly problem: Pick<ApiError, 'code' | 'text'> }

export interface Account {
  readonly userName: string
  readonly password: string
}

export const useAddingMany = () => {
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map())
  /** The whole first lot refused the account: it is wrong for all, and the others are spared. */
  const [isRefusedByAll, setRefusedByAll] = useState(false)
  const isStopped = useRef(false)
  const note = (entries: Iterable<readonly [string, Outcome | undefined]>) =>
    setOutcomes((before) => {
      const after = new Map(before)
      for (const [key, outcome] of entries) outcome ? after.set(key, outcome) : after.delete(key)
      return after
    })

  const add = useMutation({
    mutationFn: async ({ devices, account }: { devices: readonly FoundDevice[]; account: Account }) => {
      isStopped.current = false
      setRefusedByAll(false)
      note(devices.map((one) => [keyOf(one), { state: 'waiting' }]))
      try {
        for (let at = 0; at < devices.length && !isStopped.current; at += ABREAST) {
          const some = devices.slice(at, at + ABREAST)
          note(some.map((one) => [keyOf(one), { state: 'working' }]))
          const { results } = await call(AddDevices, {
            body: { devices: some.map((one) => wishFor(one, account)) },
          })
          note(results.map((result, i) => [keyOf(some[i]!), outcomeOf(result)]))
          await lookAgain()
          const isWrong = at === 0 && results.every(({ problem }) => problem?.retry === 'after-login')
          setRefusedByAll(isWrong)
          if (isWrong) return
        }
      } finally {
        setOutcomes(
          (before) => new Map([...before].filter(([, { state }]) => state !== 'waiting' && state !== 'working')),
        )
      }
    },
  })
  return {
    add,
    outcomes,
    isRefusedByAll,
    stop: () => {
      isStopped.current = true
    },
  }
}

const outcomeOf = (result: {
  device: DeviceId | null
  name: string | null
  address: string
  problem: ApiError | null
}): Outcome =>
  result.device === null
    ? { state: 'failed', problem: result.problem ?? { code: 'defect', text: '' } }
    : { state: 'added', device: result.device, name: result.name ?? result.address }

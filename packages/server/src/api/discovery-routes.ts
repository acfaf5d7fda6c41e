// SPDX-License-Identifier: Apache-2.0
/** The search for devices and the adding of many over the API. Each device that was to be added leaves an audit row. */
import { activateDevice } from '@openhmp/client'
import {
  ActivateDevices,
  AddDevices,
  type ApiError,
  type DeviceId,
  GetDiscovery,
  type NewDevice,
  type Output,
  StartDiscovery,
  StopDiscovery,
} from '@openhmp/contract'
import type { Clock } from '@openhmp/protocol/base'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import { type BatchItem, workOnMany } from '../discovery/batch.ts'
import type { Search } from '../discovery/search.ts'
import { parseDeviceAddress, parseRtspAddress } from '../fleet/address.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { type ReachOptions, reachOf } from '../fleet/reach.ts'
import { checkedAddress } from '../fleet/wish.ts'
import { type Call, type Handled, handle } from './handle.ts'

interface Parts extends ReachOptions {
  readonly search: Search
  readonly fleet: Pick<Fleet, 'add'>
  readonly audit: Audit
  readonly clock: Clock
  onError(error: unknown): void
}

const byOf = ({ user, source }: Pick<Call, 'user' | 'source'>) => ({ who: user().name, source })

/** Of one device. */
const ACTIVATE_MS = 20_000

type Wish = Output<typeof NewDevice>

/** Handlers of the routes for finding devices. */
export const discoveryRoutes = (parts: Parts): Handled[] => {
  const { search, fleet, audit, clock, onError } = parts
  /** A row for each, done or not. */
  const record = async (
    by: ReturnType<typeof byOf>,
    action: string,
    rows: readonly { address: string; kind: string; device: DeviceId | null; problem: ApiError | null }[],
  ) => {
    await Promise.all(
      rows.map(({ address, kind, device, problem }) =>
        audit.record({
          ...{ ...by, action, object: device, outcome: problem === null ? 'done' : 'failed' },
          detail: { kind, address, ...(problem === null ? {} : { code: problem.code }) },
        }),
      ),
    )
  }
  return [
    handle(StartDiscovery, async (call) => {
      call.must(SYSTEM)
      const { methods, range, ports } = call.body
      const state = search.start({ methods: [...new Set(methods)], range, ports: [...new Set(ports)] })
      const detail = { methods, ...(range === undefined ? {} : { range, ports }) }
      await audit.record({ ...byOf(call), action: 'discovery.start', object: null, outcome: 'done', detail })
      return state
    }),
    handle(GetDiscovery, async ({ must }) => {
      must(SYSTEM)
      return search.state()
    }),
    handle(StopDiscovery, async (call) => {
      call.must(SYSTEM)
      const state = await search.stop()
      await audit.record({ ...byOf(call), action: 'discovery.stop', object: null, outcome: 'done' })
      return state
    }),
    handle(AddDevices, async (call) => {
      call.must(SYSTEM)
      const items = call.body.devices.map((wish) => ({ wish, ...placeOf(wish) }))
      const outcomes = await workOnMany(items, ({ wish }) => fleet.add(wish, { isDemo: false }), onError)
      const results = outcomes.map(({ value, problem }, i) => ({
        address: items[i]!.address,
        kind: items[i]!.wish.kind,
        device: value?.device.id ?? null,
        name: value?.device.name ?? null,
        token: value?.token ?? null,
        problem,
      }))
      await record(byOf(call), 'device.add', results)
      return { results: results.map(({ kind: _, ...result }) => result) }
    }),
    handle(ActivateDevices, async (call) => {
      call.must(SYSTEM)
      const { addresses, password } = call.body
      const items = addresses.map((address) => placeOf({ kind: 'isapi', address, userName: 'admin', password }))
      const activate = async ({ address }: BatchItem) => {
        const { url, host, port } = await checkedAddress('isapi', address, parts)
        await activateDevice(url, password, {
          clock,
          signal: AbortSignal.timeout(ACTIVATE_MS),
          reach: reachOf(parts),
        })
        search.noteActivated(host, port)
      }
      const outcomes = await workOnMany(items, activate, onError)
      const results = outcomes.map(({ problem }, i) => ({ address: items[i]!.address, problem }))
      const rows = results.map((result) => ({ ...result, kind: 'isapi', device: null }))
      await record(byOf(call), 'device.activate', rows)
      return { results }
    }),
  ]
}

/** Where a device is, as far as its address can be read: what is wrong with it is told when it is added. */
const placeOf = (wish: Wish): BatchItem => {
  if (wish.kind === 'hmp') return { address: wish.identity ?? '', host: undefined, port: 0, userName: '', password: '' }
  const { address, userName = '', password = '' } = wish
  try {
    const { host, port } = wish.kind === 'rtsp' ? parseRtspAddress(address) : parseDeviceAddress(address)
    return { address, host, port, userName, password }
  } catch {
    return { address, host: undefined, port: 0, userName, password }
  }
}

// SPDX-License-Identifier: Apache-2.0
/** The search for devices and the adding of many over the API. Each device that was to be added leaves an audit row. */
import {
  AddDevices,
  type ApiError,
  type DeviceId,
  GetDiscovery,
  type NewDevice,
  type Output,
  StartDiscovery,
  StopDiscovery,
} from '@openhmp/contract'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import { type BatchItem, workOnMany } from '../discovery/batch.ts'
import type { Search } from '../discovery/search.ts'
import { parseDeviceAddress, parseRtspAddress } from '../fleet/address.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { type Call, type Handled, handle } from './handle.ts'

interface Parts {
  readonly search: Search
  readonly fleet: Pick<Fleet, 'add'>
  readonly audit: Audit
  onError(error: unknown): void
}

const byOf = ({ user, source }: Pick<Call, 'user' | 'source'>) => ({ who: user().name, source })

type Wish = Output<typeof NewDevice>

/** Handlers of the routes for finding devices. */
export const discoveryRoutes = ({ search, fleet, audit, onError }: Parts): Handled[] => {
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

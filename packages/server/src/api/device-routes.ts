// SPDX-License-Identifier: Apache-2.0
/** Devices and orders over the API. What changes something leaves an audit row, done or refused. */
import {
  AcceptDeviceCertificate,
  AddDevice,
  ChangeDevice,
  CheckDeviceHealth,
  GetDevice,
  GetDeviceCertificate,
  GetDeviceHealth,
  GetSnapshot,
  ListDevices,
  ListOrders,
  ProbeDevice,
  RebootDevice,
  RefreshDevice,
  RemoveDevice,
} from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import { SYSTEM } from '../access/can.ts'
import type { Audit } from '../audit/audit.ts'
import type { Viewings } from '../audit/viewings.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { withCameras } from '../fleet/shown.ts'
import type { HealthWatch } from '../health/health-watch.ts'
import type { Orders } from '../order/orders.ts'
import { type Handled, handle, JsonText } from './handle.ts'

interface Parts {
  readonly fleet: Fleet
  readonly orders: Orders
  readonly audit: Audit
  readonly health: HealthWatch
  readonly viewings: Pick<Viewings, 'picture'>
}

const SNAPSHOT_MS = 10_000
const subject = (id: string) => ({ kind: 'device', id }) as const

/** Handlers of the devices' routes. */
export const deviceRoutes = ({ fleet, orders, audit, health, viewings }: Parts): Handled[] => {
  /** Carries a deed out and puts on record how it went; a deed that cannot be recorded fails. */
  const recorded = async <T>(
    by: { who: string; source: string },
    deed: { action: string; object: string | null; detail?: Record<string, unknown> },
    work: () => Promise<T>,
    objectOf: (result: T) => string | null = () => deed.object,
  ): Promise<T> => {
    let result: T
    try {
      result = await work()
    } catch (error) {
      const outcome = error instanceof Refusal ? 'refused' : 'failed'
      await audit.record({ ...by, ...deed, outcome })
      throw error
    }
    await audit.record({ ...by, ...deed, object: objectOf(result), outcome: 'done' })
    return result
  }

  return [
    handle(ListDevices, async ({ query, camerasOf, isEverywhere }) => {
      const texts = isEverywhere() ? fleet.texts(query.streams) : fleet.texts(query.streams, camerasOf)
      return new JsonText(`{"devices":[${texts.join()}]}`)
    }),
    handle(GetDevice, async ({ params, must, camerasOf }) => {
      const cameras = camerasOf(params.id)
      if (cameras !== 'all' && cameras.length > 0) return withCameras(fleet.get(params.id), cameras)
      must(subject(params.id))
      return fleet.get(params.id)
    }),
    handle(ProbeDevice, async ({ body, must }) => {
      must(SYSTEM)
      return fleet.probe(body)
    }),
    handle(AddDevice, async ({ body, must, user, source }) => {
      must(SYSTEM)
      const where = body.kind === 'hmp' ? (body.identity ?? null) : body.address
      const deed = { action: 'device.add', object: null, detail: { kind: body.kind, address: where } }
      const by = { who: user().name, source }
      return recorded(
        by,
        deed,
        () => fleet.add(body, { isDemo: false }),
        ({ device }) => device.id,
      )
    }),
    handle(ChangeDevice, async ({ params, body, must, user, source }) => {
      must(subject(params.id))
      // Rights hold at sites and by tags, and a device is what stands at its address: who changes these reaches beyond it.
      if (body.site !== undefined || body.tags !== undefined || body.address !== undefined) must(SYSTEM)
      const deed = { action: 'device.change', object: params.id, detail: { fields: Object.keys(body) } }
      return recorded({ who: user().name, source }, deed, () => fleet.change(params.id, body))
    }),
    handle(RemoveDevice, async ({ params, must, user, source }) => {
      must(subject(params.id))
      const { name, address } = fleet.get(params.id)
      const deed = { action: 'device.remove', object: params.id, detail: { name, address } }
      await recorded({ who: user().name, source }, deed, () => fleet.remove(params.id))
      return undefined
    }),
    handle(RefreshDevice, async ({ params, must }) => {
      must(subject(params.id))
      return fleet.refresh(params.id)
    }),
    handle(GetDeviceHealth, async ({ params, must }) => {
      must(subject(params.id))
      return { health: await health.last(fleet.get(params.id).id) }
    }),
    handle(CheckDeviceHealth, async ({ params, must }) => {
      must(subject(params.id))
      return { health: await health.look(params.id) }
    }),
    handle(GetDeviceCertificate, async ({ params, must }) => {
      must(subject(params.id))
      return fleet.certificate(params.id)
    }),
    handle(AcceptDeviceCertificate, async ({ params, body: { fingerprint }, must, user, source }) => {
      must(subject(params.id))
      const deed = { action: 'device.certificate', object: params.id, detail: { fingerprint } }
      return recorded({ who: user().name, source }, deed, () => fleet.acceptCertificate(params.id, fingerprint))
    }),
    handle(GetSnapshot, async ({ params: { id, channel }, must, user, source, session }) => {
      must({ kind: 'device', id, channel })
      fleet.checkChannel(id, channel)
      const bytes = await fleet.picture(id, channel, AbortSignal.timeout(SNAPSHOT_MS))
      await viewings.picture({ who: user().name, source, wall: session?.wall }, { device: id, channel })
      return { bytes }
    }),
    handle(RebootDevice, async ({ params, must, user, source }) => {
      must(subject(params.id))
      const target = fleet.orderTarget(params.id)
      if (!target) throw new Refusal('not-found', 'device.unknown', 'there is no such device')
      return orders.reboot(target, { who: user().name, source })
    }),
    handle(ListOrders, async ({ query, must, may }) => {
      if (query.device !== undefined) must(subject(query.device))
      return { orders: (await orders.list(query)).filter(({ device }) => may(subject(device))) }
    }),
  ]
}

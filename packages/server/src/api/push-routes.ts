// SPDX-License-Identifier: Apache-2.0
/** Pushed events over the API: a device is told to send them here, or no longer. */
import { clearHttpHost, type IsapiDoor, readHttpHosts, setHttpHost } from '@openhmp/client'
import { GetPush, type PushState, StartPush, StopPush } from '@openhmp/contract'
import { LinkError } from '@openhmp/protocol/base'
import type { Audit } from '../audit/audit.ts'
import type { Push } from '../event/push.ts'
import { parseDeviceAddress } from '../fleet/address.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { ownAddressTowards } from '../fleet/own-address.ts'
import { type Handled, handle } from './handle.ts'

const ANSWER_MS = 15_000

interface Parts {
  readonly fleet: Pick<Fleet, 'known' | 'door'>
  readonly push: Pick<Push, 'pathOf' | 'port'>
  readonly audit: Audit
  /** Of the server's own front, with TLS. */
  port(): number
}

/** Handlers of the routes for pushed events. */
export const pushRoutes = ({ fleet, push, audit, port }: Parts): Handled[] => {
  const stateOf = async (id: string, door: IsapiDoor, signal: AbortSignal): Promise<PushState> => {
    const used = (await readHttpHosts(door, { signal })).filter(({ host }) => host !== undefined)
    const ours = used.find(({ url }) => url === push.pathOf(id))
    const others = used.filter((one) => one !== ours).map((one) => `${one.host}:${one.port ?? ''}`)
    return { isOn: ours !== undefined, place: ours?.id ?? null, others }
  }
  /** Where the device is to send to: without TLS where we listen so, since many can do nothing else. */
  const listenerFor = async (id: string, host: string | undefined) => ({
    host: host ?? (await ownAddress(fleet.known(id).address)),
    url: push.pathOf(id),
    ...(push.port === 0
      ? { port: port(), protocol: 'HTTPS' as const }
      : { port: push.port, protocol: 'HTTP' as const }),
  })
  const recorded = async (
    { who, source, id, isOn }: { who: string; source: string; id: string; isOn: boolean },
    work: () => Promise<PushState>,
  ): Promise<PushState> => {
    const deed = { who, source, action: 'device.push', object: id, detail: { isOn } }
    try {
      const state = await work()
      await audit.record({ ...deed, outcome: 'done' })
      return state
    } catch (error) {
      await audit.record({ ...deed, outcome: 'failed' })
      throw error
    }
  }
  return [
    handle(GetPush, async ({ params: { id }, must }) => {
      must({ kind: 'device', id })
      return stateOf(id, fleet.door(id), AbortSignal.timeout(ANSWER_MS))
    }),
    handle(StartPush, async ({ params: { id }, body, must, user, source }) => {
      must({ kind: 'device', id })
      const door = fleet.door(id)
      const signal = AbortSignal.timeout(ANSWER_MS)
      return recorded({ who: user().name, source, id, isOn: true }, async () => {
        await setHttpHost(door, await listenerFor(id, body.host), { signal })
        return stateOf(id, door, signal)
      })
    }),
    handle(StopPush, async ({ params: { id }, must, user, source }) => {
      must({ kind: 'device', id })
      const door = fleet.door(id)
      const signal = AbortSignal.timeout(ANSWER_MS)
      return recorded({ who: user().name, source, id, isOn: false }, async () => {
        const { place } = await stateOf(id, door, signal)
        if (place !== null) await clearHttpHost(door, place, { signal })
        return stateOf(id, door, signal)
      })
    }),
  ]
}

const ownAddress = async (device: string): Promise<string> => {
  const { host } = parseDeviceAddress(device)
  try {
    return await ownAddressTowards(host)
  } catch (cause) {
    const text = `no way to ${host} is known here: say under which address the device reaches this server`
    throw new LinkError('link.unreachable', text, { address: host, cause })
  }
}

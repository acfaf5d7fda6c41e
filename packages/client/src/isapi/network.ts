// SPDX-License-Identifier: Apache-2.0
/** A device's network settings and ports, changed with care: the way to the device leads through them. */
import { Refusal } from '@openhmp/protocol/base'
import {
  type AdminAccess,
  type AdminAccessChange,
  adminAccessResource,
  type NetworkChange,
  type NetworkSettings,
  networkResource,
  type Resource,
} from '@openhmp/protocol/isapi'
import { copyOf, formatXml, type XmlElement } from '@openhmp/protocol/xml'
import { type Changed, changeResource, giveOrder, type IsapiDoor } from './resource.ts'

interface Asking {
  readonly signal: AbortSignal
  /** The device may be out of reach afterwards. */
  readonly mayCutOff?: boolean
}

const CUTTING = ['isDhcp', 'address', 'mask', 'gateway'] as const

/**
 * Changes an interface; undefined when the device may have moved and was not asked again. Rejects with `Refusal`
 * `setting.cuts-off` for a change of its address, unless that is meant.
 */
export const changeNetwork = async (
  door: IsapiDoor,
  change: NetworkChange,
  asking: Asking,
): Promise<Changed<NetworkSettings> | undefined> => {
  const resource = networkResource()
  const document = await door.getXml(resource.path, asking)
  const now = resource.read(document)
  const cutting = CUTTING.filter((name) => change[name] !== undefined && change[name] !== now[name])
  return carefully(door, resource, document, change, cutting.join(', '), asking)
}

/**
 * Changes the port of a service, or switches it on or off; undefined when it is the one that we talk over, and the device
 * was not asked again. Rejects with `Refusal` `setting.cuts-off` for that one, unless it is meant, `setting.absent`.
 */
export const changePort = async (
  door: IsapiDoor,
  change: AdminAccessChange,
  asking: Asking,
): Promise<Changed<readonly AdminAccess[]> | undefined> => {
  const { path } = adminAccessResource
  const document = await door.getXml(path, asking)
  const now = adminAccessResource.read(document).find((one) => one.protocol === change.protocol.toUpperCase())
  const isMoved = change.port !== undefined && change.port !== now?.port
  const isClosed = change.isEnabled === false && now?.isEnabled !== false
  const cutting = now && (isMoved || isClosed) && isOurs(door, now) ? now.protocol : ''
  return carefully(door, adminAccessResource, document, change, cutting, asking)
}

/** Behind a router the number is another, but the protocol is the same. */
const isOurs = ({ way }: IsapiDoor, { protocol, port }: AdminAccess): boolean =>
  way !== undefined && (protocol === (way.isTls ? 'HTTPS' : 'HTTP') || port === way.port)

/** What cuts off is not read again; the device is somewhere else then. */
const carefully = async <Value, Change>(
  door: IsapiDoor,
  resource: Resource<Value, Change>,
  document: XmlElement,
  change: Change,
  cutting: string,
  { signal, mayCutOff = false }: Asking,
): Promise<Changed<Value> | undefined> => {
  if (cutting === '') return changeResource(door, resource, change, { signal })
  if (!mayCutOff) {
    const text = `${door.name}: a change of ${cutting} may leave the device out of reach; say that it is meant`
    throw new Refusal('conflict', 'setting.cuts-off', text)
  }
  const written = copyOf(document)
  resource.write!(written, change)
  await giveOrder(door, resource.path, formatXml(written), { signal })
  return undefined
}

// SPDX-License-Identifier: Apache-2.0
/** A device's network settings, changed with care: the way to the device leads through them. */
import { Refusal } from '@openhmp/protocol/base'
import { type NetworkChange, type NetworkSettings, networkResource } from '@openhmp/protocol/isapi'
import { copyOf, formatXml } from '@openhmp/protocol/xml'
import { changeResource, type IsapiDoor } from './resource.ts'

interface Asking {
  readonly signal: AbortSignal
  /** The device may be out of reach afterwards. */
  readonly mayCutOff?: boolean
}

const CUTTING = ['isDhcp', 'address', 'mask', 'gateway'] as const

/**
 * Changes an interface; gives it as read back, or undefined when the device may have moved and was not asked again. Rejects
 * with `Refusal` `setting.cuts-off` for a change of its address, unless that is meant.
 */
export const changeNetwork = async (
  door: IsapiDoor,
  change: NetworkChange,
  { signal, mayCutOff = false }: Asking,
): Promise<NetworkSettings | undefined> => {
  const resource = networkResource()
  const document = await door.getXml(resource.path, { signal })
  const now = resource.read(document)
  const cutting = CUTTING.filter((name) => change[name] !== undefined && change[name] !== now[name])
  if (cutting.length === 0) return (await changeResource(door, resource, change, { signal })).after
  if (!mayCutOff) {
    const text = `${door.name}: a change of ${cutting.join(', ')} may leave the device out of reach; say that it is meant`
    throw new Refusal('conflict', 'setting.cuts-off', text)
  }
  const written = copyOf(document)
  resource.write!(written, change)
  await door.putXml(resource.path, formatXml(written), { signal })
  return undefined
}

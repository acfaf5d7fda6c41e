// SPDX-License-Identifier: Apache-2.0
/** `hmp device network ADDRESS`: a device's address and ports. */
import { changeNetwork, readResource } from '@openhmp/client'
import { adminAccessResource, networkResource } from '@openhmp/protocol/isapi'
import { openDevice } from '../device/open.ts'
import { confirm } from '../input/confirm.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatFacts } from '../output/table.ts'

export interface NetworkOptions extends DeviceOptions {
  readonly address?: string
  readonly mask?: string
  readonly gateway?: string
  readonly dns?: string
  readonly dhcp?: boolean
  readonly yes?: boolean
}

export async function runNetwork(text: string, options: NetworkOptions, output: Output): Promise<void> {
  const { address, mask, gateway, dns, dhcp } = options
  const change = {
    ...(dhcp === true ? { isDhcp: true } : {}),
    ...(address === undefined ? {} : { isDhcp: false, address }),
    ...(mask === undefined ? {} : { mask }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(dns === undefined ? {} : { dns }),
  }
  if (dhcp && address !== undefined) throw new UsageError('--dhcp and --address exclude each other')
  await using device = await openDevice(text, options)
  const { isapi, signal } = device
  if (Object.keys(change).length > 0) {
    const isMoving = [dhcp, address, mask, gateway].some((one) => one !== undefined)
    const question = 'The device may be out of reach afterwards. Change its address?'
    if (isMoving && !options.yes) {
      device.stay()
      if (!(await confirm(question, 'nobody can be asked here: give --yes to change the address')))
        throw new UsageError('nothing was changed')
    }
    const after = await changeNetwork(isapi, change, { signal, mayCutOff: isMoving })
    if (!after) {
      output.document(
        { told: change, network: null },
        () => `Told. The device goes to ${address ?? 'where it is told by DHCP'}.`,
      )
      return
    }
  }
  const network = await readResource(isapi, networkResource(), { signal })
  const ports = await readResource(isapi, adminAccessResource, { signal })
  output.document({ network, ports }, () =>
    formatFacts(output, [
      ['Address', network.address],
      ['Given by', network.isDhcp ? 'DHCP' : 'hand'],
      ['Mask', network.mask],
      ['Gateway', network.gateway],
      ['DNS', [network.dns, network.secondDns].filter(Boolean).join(', ')],
      ['MAC', network.macAddress],
      ...ports.map(({ protocol, port, isEnabled }) => [protocol, isEnabled === false ? 'off' : port] as const),
    ]),
  )
}

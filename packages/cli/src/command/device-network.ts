// SPDX-License-Identifier: Apache-2.0
/** `hmp device network ADDRESS`: a device's address and ports, told and changed; with a question before what may cut it off. */
import { type Changed, changeNetwork, changePort, type DocumentDifference, readResource } from '@openhmp/client'
import { Refusal } from '@openhmp/protocol/base'
import { type AdminAccessChange, adminAccessResource, networkResource } from '@openhmp/protocol/isapi'
import { openDevice } from '../device/open.ts'
import { confirm } from '../input/confirm.ts'
import type { DeviceOptions } from '../input/device-options.ts'
import { describeDifferences } from '../output/changed.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatFacts } from '../output/table.ts'

export interface NetworkOptions extends DeviceOptions {
  readonly address?: string
  readonly mask?: string
  readonly gateway?: string
  readonly dns?: string
  readonly dhcp?: boolean
  /** A service, and its port or `on`, `off`. */
  readonly port?: AdminAccessChange
  readonly yes?: boolean
}

export async function runNetwork(text: string, options: NetworkOptions, output: Output): Promise<void> {
  const { address, mask, gateway, dns, dhcp, port } = options
  const change = {
    ...(dhcp === true ? { isDhcp: true } : {}),
    ...(address === undefined ? {} : { isDhcp: false, address }),
    ...(mask === undefined ? {} : { mask }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(dns === undefined ? {} : { dns }),
  }
  const isMove = Object.keys(change).length > 0
  if (dhcp && address !== undefined) throw new UsageError('--dhcp and --address exclude each other')
  if (isMove && port)
    throw new UsageError('the address or a port, one at a time: after the one, the other may be out of reach')
  await using device = await openDevice(text, options)
  const { isapi, signal } = device
  const differences: DocumentDifference[] = []
  /** Asks before what may cut the device off; true when it may be somewhere else now. */
  const hasGone = async (tell: (mayCutOff: boolean) => Promise<Changed<unknown> | undefined>): Promise<boolean> => {
    try {
      differences.push(...((await tell(false))?.differences ?? []))
      return false
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'setting.cuts-off') throw error
    }
    device.stay()
    if (
      !options.yes &&
      !(await confirm(
        'The device may be out of reach afterwards. Change it?',
        'nobody can be asked here: give --yes to change it',
      ))
    )
      throw new UsageError('nothing was changed')
    await tell(true)
    return true
  }
  if (isMove && (await hasGone((mayCutOff) => changeNetwork(isapi, change, { signal, mayCutOff }))))
    return output.document(
      { told: change, network: null },
      () => `Told. The device goes to ${address ?? 'where it is told by DHCP'}.`,
    )
  if (port && (await hasGone((mayCutOff) => changePort(isapi, port, { signal, mayCutOff }))))
    return output.document({ told: port, network: null }, () => `Told. Ask for the device at its new port.`)
  const network = await readResource(isapi, networkResource(), { signal })
  const ports = await readResource(isapi, adminAccessResource, { signal })
  output.document({ network, ports, differences }, () =>
    [
      formatFacts(output, [
        ['Address', network.address],
        ['Given by', network.isDhcp ? 'DHCP' : 'hand'],
        ['Mask', network.mask],
        ['Gateway', network.gateway],
        ['DNS', [network.dns, network.secondDns].filter(Boolean).join(', ')],
        ['MAC', network.macAddress],
        ...ports.map(({ protocol, port: at, isEnabled }) => [protocol, isEnabled === false ? 'off' : at] as const),
      ]),
      ...describeDifferences(output, differences),
    ].join('\n'),
  )
}

// SPDX-License-Identifier: Apache-2.0
/** `hmp fleet devices|label`: the devices of a CMS, and what they are sorted by. */
import { LabelDevices, ListDevices } from '@openhmp/contract'
import { chosen, type DeviceChoice, fits } from '../cms/choose.ts'
import { Cms } from '../cms/cms.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

export interface DevicesOptions extends DeviceChoice {
  readonly state?: string
}

export async function runFleetDevices(options: DevicesOptions, output: Output): Promise<void> {
  const all = (await new Cms().call(ListDevices, {})).devices
  const devices = all.filter((one) => fits(options, one) && (!options.state || one.state.state === options.state))
  output.document({ devices }, () =>
    [
      formatTable(
        output,
        ['name', 'state', 'address', 'model', 'firmware', 'site', 'tags', 'wrong'],
        devices.map(({ name, state, address, model, firmwareVersion, site, tags, health }) => [
          ...[name, state.cause ? `${state.state}: ${state.cause.text}` : state.state, address, model],
          ...[firmwareVersion, site, tags.join(', '), health?.issues.map(({ code }) => code).join(', ') ?? ''],
        ]),
      ),
      `${devices.length} of ${all.length}`,
    ].join('\n'),
  )
}

export interface LabelOptions {
  readonly site?: string
  readonly group?: string
  readonly addTag?: readonly string[]
  readonly removeTag?: readonly string[]
}

export async function runLabel(names: readonly string[], options: LabelOptions, output: Output): Promise<void> {
  const { site, group, addTag = [], removeTag = [] } = options
  if (site === undefined && group === undefined && addTag.length + removeTag.length === 0)
    throw new UsageError('nothing to set: give --site, --group, --add-tag or --remove-tag')
  const cms = new Cms()
  const devices = (await chosen(cms, { device: names })) ?? []
  // An empty word takes the label away.
  const word = (text: string | undefined) => (text === undefined ? {} : { value: text === '' ? null : text })
  const { changed } = await cms.call(LabelDevices, {
    body: {
      devices,
      ...('value' in word(site) ? { site: word(site).value ?? null } : {}),
      ...('value' in word(group) ? { group: word(group).value ?? null } : {}),
      addTags: [...addTag],
      removeTags: [...removeTag],
    },
  })
  output.document({ changed }, () => `${changed} ${changed === 1 ? 'device' : 'devices'} labelled.`)
}

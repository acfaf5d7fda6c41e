// SPDX-License-Identifier: Apache-2.0
/** `hmp fleet firmware list|add|rollout`: images kept at the CMS, and brought to devices in waves. */
import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import { AddFirmware, ListDevices, ListFirmware, RollOutFirmware } from '@openhmp/contract'
import { chosen, type DeviceChoice } from '../cms/choose.ts'
import { Cms } from '../cms/cms.ts'
import { devicesOf, followJob, mustHaveSucceeded } from '../cms/follow.ts'
import { type RolloutOptions, rolloutOf } from '../cms/rollout.ts'
import { confirm } from '../input/confirm.ts'
import { stopSignal } from '../input/device-options.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'
import { formatTable } from '../output/table.ts'

export async function runFirmwareList(output: Output): Promise<void> {
  const { firmware } = await new Cms().call(ListFirmware, {})
  output.document({ firmware }, () =>
    formatTable(
      output,
      ['id', 'name', 'version', 'models', 'MB', 'sha256'],
      firmware.map(({ id, name, version, models, sizeBytes, sha256 }) => [
        ...[id, name, version, models.join(', '), (sizeBytes / 1e6).toFixed(1), sha256.slice(0, 16)],
      ]),
    ),
  )
}

export interface AddOptions {
  readonly version: string
  readonly model: readonly string[]
  readonly name?: string
  readonly notes?: string
}

export async function runFirmwareAdd(file: string, options: AddOptions, output: Output): Promise<void> {
  const { version, model, name = basename(file), notes } = options
  const query = { name, version, models: model.join(','), ...(notes === undefined ? {} : { notes }) }
  const added = await new Cms().call(AddFirmware, {
    query,
    content: createReadStream(file),
    bytes: statSync(file).size,
  })
  output.document(added, () => `${added.id}  ${added.name} ${added.version}, sha256 ${added.sha256}`)
}

export interface RollOutOptions extends DeviceChoice, RolloutOptions {
  readonly yes?: boolean
  readonly detach?: boolean
}

/** To the devices that are named; without names, to all of the image's models. */
export async function runFirmwareRollOut(id: string, options: RollOutOptions, output: Output): Promise<void> {
  const cms = new Cms()
  const signal = stopSignal()
  const rollout = rolloutOf(options)
  const image = (await cms.call(ListFirmware, {})).firmware.find((one) => one.id === id)
  if (!image) throw new UsageError(`no image has the id ${id}: hmp fleet firmware list`)
  const all = (await cms.call(ListDevices, {})).devices
  const devices =
    (await chosen(cms, options)) ??
    all.filter(({ model }) => model !== null && image.models.includes(model)).map((one) => one.id)
  if (devices.length === 0) throw new UsageError(`no device is of the models ${image.models.join(', ')}`)
  const question = `Bring ${image.name} ${image.version} to ${devices.length} devices?`
  if (!options.yes && !(await confirm(question, 'nobody can be asked here: give --yes')))
    throw new UsageError('nothing was changed')
  const begun = await cms.call(RollOutFirmware, { params: { id }, body: { devices, rollout } })
  if (options.detach) {
    output.document({ job: begun }, () => `Job ${begun.id} is at work. Follow it: hmp job ${begun.id} --follow`)
    return
  }
  const job = await followJob(cms, begun.id, output, signal)
  const outcomes = await devicesOf(cms, job.id, signal)
  output.document({ job, devices: outcomes }, () =>
    outcomes.map(({ deviceName, state, text }) => `${state.padEnd(9)} ${deviceName}  ${text ?? ''}`).join('\n'),
  )
  mustHaveSucceeded(job)
}

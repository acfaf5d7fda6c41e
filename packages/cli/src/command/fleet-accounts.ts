// SPDX-License-Identifier: Apache-2.0
/** `hmp fleet passwords` and `hmp fleet certificates`: new ones for devices of the CMS, in waves. */
import { type DeviceId, type Job, RenewCertificates, RotatePasswords } from '@openhmp/contract'
import { chosen, type DeviceChoice } from '../cms/choose.ts'
import { Cms } from '../cms/cms.ts'
import { devicesOf, followJob, mustHaveSucceeded } from '../cms/follow.ts'
import { type RolloutOptions, rolloutOf } from '../cms/rollout.ts'
import { confirm } from '../input/confirm.ts'
import { stopSignal } from '../input/device-options.ts'
import { readNewPassword } from '../input/password.ts'
import { UsageError } from '../output/failure.ts'
import type { Output } from '../output/output.ts'

interface Options extends DeviceChoice, RolloutOptions {
  readonly yes?: boolean
  readonly detach?: boolean
}

/** Each device gets its own; with `same`, all get one that is read from HMP_NEW_PASSWORD or asked for. */
export async function runFleetPasswords(options: Options & { same?: boolean }, output: Output): Promise<void> {
  const cms = new Cms()
  const rollout = rolloutOf(options)
  const devices = await meant(cms, options, 'new passwords')
  const given = options.same ? { password: await readNewPassword('the account', `${devices.length} devices`) } : {}
  await see(cms, await cms.call(RotatePasswords, { body: { devices, rollout, ...given } }), options, output)
}

/** With `https`, devices that are reached without TLS are reached over HTTPS from then on. */
export async function runFleetCertificates(options: Options & { https?: boolean }, output: Output): Promise<void> {
  const cms = new Cms()
  const rollout = rolloutOf(options)
  const devices = await meant(cms, options, 'new certificates')
  const body = { devices, rollout, moveToHttps: options.https ?? false }
  await see(cms, await cms.call(RenewCertificates, { body }), options, output)
}

const meant = async (cms: Cms, options: Options, what: string): Promise<DeviceId[]> => {
  const devices = await chosen(cms, options)
  if (!devices) throw new UsageError('which devices? --device, --site, --tag, --model or --all')
  if (
    !options.yes &&
    !(await confirm(`Give ${devices.length} devices ${what}?`, 'nobody can be asked here: give --yes'))
  )
    throw new UsageError('nothing was changed')
  return devices
}

const see = async (cms: Cms, begun: Job, { detach }: Options, output: Output): Promise<void> => {
  if (detach) {
    output.document({ job: begun }, () => `Job ${begun.id} is at work. Follow it: hmp job ${begun.id} --follow`)
    return
  }
  const signal = stopSignal()
  const job = await followJob(cms, begun.id, output, signal)
  const outcomes = await devicesOf(cms, job.id, signal)
  output.document({ job, devices: outcomes }, () =>
    outcomes.map(({ deviceName, state, text }) => `${state.padEnd(9)} ${deviceName}  ${text ?? ''}`).join('\n'),
  )
  mustHaveSucceeded(job)
}

// SPDX-License-Identifier: Apache-2.0
/** Passwords and certificates of devices over the API. */
import { RenewCertificates, RotatePasswords } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import { passwordFault } from '@openhmp/protocol/isapi'
import { SYSTEM } from '../access/can.ts'
import { GIVEN_PASSWORD } from '../account/password-job.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Jobs } from '../job/jobs.ts'
import type { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import { type Handled, handle } from './handle.ts'

interface Parts {
  readonly fleet: Fleet
  readonly jobs: Jobs
  readonly sealer: Sealer
}

interface Meant {
  readonly devices?: readonly string[] | undefined
  readonly tags?: readonly string[] | undefined
  readonly site?: string | undefined
}

/** Handlers of these routes. The job's own audit row says who began it, over how many devices. */
export const accountRoutes = ({ fleet, jobs, sealer }: Parts): Handled[] => {
  const meantBy = ({ devices, tags, site }: Meant) => {
    if (!devices && !tags && site === undefined)
      throw new Refusal('invalid', 'devices.unsaid', 'say which devices: by id, tag or site')
    const named = devices && new Set<string>(devices)
    return fleet
      .list()
      .filter((one) => (named ? named.has(one.id) : one.kind === 'isapi'))
      .filter((one) => tags === undefined || tags.every((tag) => one.tags.includes(tag)))
      .filter((one) => site === undefined || one.site === site)
  }
  return [
    handle(RotatePasswords, async ({ body, must, user, source }) => {
      must(SYSTEM)
      const { password, rollout } = body
      const fault = password === undefined ? undefined : passwordFault(password, '')
      if (fault) throw new Refusal('invalid', 'password.policy', `devices do not take this password: ${fault}`)
      const given = password === undefined ? undefined : sealer.seal(new Secret(password), GIVEN_PASSWORD)
      return jobs.start({
        ...{ kind: 'password', title: 'New passwords', spec: { given } },
        ...{ devices: meantBy(body), rollout, by: { who: user().name, source } },
      })
    }),
    handle(RenewCertificates, async ({ body, must, user, source }) => {
      must(SYSTEM)
      const { moveToHttps = false, rollout } = body
      return jobs.start({
        ...{ kind: 'certificate', title: 'New certificates', spec: { moveToHttps } },
        ...{ devices: meantBy(body), rollout, by: { who: user().name, source } },
      })
    }),
  ]
}

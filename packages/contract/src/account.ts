// SPDX-License-Identifier: Apache-2.0
/** Accounts and certificates of devices: new passwords, and HTTPS certificates of this server's authority, as jobs. */
import { z } from 'zod'
import { DeviceId } from './device.ts'
import { Job, MAX_JOB_DEVICES, Rollout } from './job.ts'
import { route } from './route.ts'

/** Which devices: those that fit everything that is said; something has to be. */
const meant = {
  devices: z.array(DeviceId).min(1).max(MAX_JOB_DEVICES).optional(),
  tags: z.array(z.string().max(40)).max(30).optional(),
  site: z.string().max(80).optional(),
  rollout: Rollout.optional(),
}

export const PasswordRotation = z.object({
  ...meant,
  password: z.string().min(1).max(64).optional().describe('The same for all; left out, each device gets its own'),
})
export type PasswordRotation = z.output<typeof PasswordRotation>

export const CertificateRenewal = z.object({
  ...meant,
  moveToHttps: z
    .boolean()
    .optional()
    .describe('Devices that are reached without TLS are reached over HTTPS from then on'),
})
export type CertificateRenewal = z.output<typeof CertificateRenewal>

const tag = 'devices'

export const RotatePasswords = route({
  method: 'POST',
  path: '/passwords/rotate',
  needs: 'device.account',
  fresh: true,
  tag,
  summary: 'Give devices new passwords: a job',
  body: PasswordRotation,
  answer: Job,
})
export const RenewCertificates = route({
  method: 'POST',
  path: '/certificates/renew',
  needs: 'device.account',
  tag,
  summary: "Give devices HTTPS certificates of this server's authority: a job",
  body: CertificateRenewal,
  answer: Job,
})

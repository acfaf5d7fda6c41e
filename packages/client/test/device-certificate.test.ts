// SPDX-License-Identifier: Apache-2.0
/** Certificates of devices, over all firmware profiles. */
import { createHash } from 'node:crypto'
import { profiles } from '@openhmp/emulator'
import { describe, expect, it } from 'vitest'
import { installCertificate, readHttpsPort, requestCertificate } from '../src/index.ts'
import { complaintsOf, openEmulated, profileNames } from './emulated.ts'

describe.each(profileNames)('the certificate of %s', (profile) => {
  const subject = { commonName: '127.0.0.1', organization: 'A & B' }

  it.runIf(profiles[profile].hasCertificateRequest)('is asked for, of a new key each time', async () => {
    await using set = await openEmulated(profile, { httpsPort: 0 })
    const first = await requestCertificate(set.door, subject)
    expect(first).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n/)
    expect(await requestCertificate(set.door, subject)).not.toBe(first)
    expect(complaintsOf(set.written)).toEqual([])
    const { port } = new URL(set.emulator.devices[0]!.httpsUrl!)
    expect(await readHttpsPort(set.door)).toBe(Number(port))
  })

  it.runIf(profiles[profile].hasCertificateRequest)('is refused when it is of another key, and stays', async () => {
    await using set = await openEmulated(profile, { httpsPort: 0 })
    const { certificate } = set.emulator.device(0)
    const before = createHash('sha256').update(certificate.credentials.certificate).digest('hex')
    await using other = await openEmulated(profile, { httpsPort: 0 })
    const foreign = other.emulator.device(0).certificate.credentials.certificate
    await expect(installCertificate(set.isapi, foreign)).rejects.toMatchObject({ name: 'PeerError' })
    await expect(installCertificate(set.isapi, 'nonsense')).rejects.toMatchObject({ name: 'PeerError' })
    expect(createHash('sha256').update(certificate.credentials.certificate).digest('hex')).toBe(before)
  })

  it.runIf(!profiles[profile].hasCertificateRequest)('is nothing that it knows', async () => {
    await using set = await openEmulated(profile)
    const asked = requestCertificate(set.door, subject)
    await expect(asked).rejects.toMatchObject({ code: 'isapi.not-supported' })
    expect(await readHttpsPort(set.door)).toBeUndefined()
  })
})

// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { testDevice } from '../../test/test-device.ts'
import { DeviceCertificate, MAX_CERTIFICATE_LENGTH } from './certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'hmp-certificate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const openssl = (input: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync('openssl', args, { input, cwd: folder, encoding: 'utf8' })
  return { status, text: stdout + stderr }
}

const NOW = Date.UTC(2026, 9, 16, 12)
const make = () => {
  let changes = 0
  const certificate = new DeviceCertificate(
    'DS-X123',
    () => NOW,
    undefined,
    () => changes++,
  )
  return { certificate, changes: () => changes }
}

describe('the certificate of a device', () => {
  it('is its own from the factory', () => {
    const { certificate } = make()
    expect(certificate.state).toBeUndefined()
    const { certificate: text, key } = certificate.credentials
    const leaf = new X509Certificate(text)
    expect(leaf.subject).toBe('CN=DS-X123')
    expect(leaf.issuer).toBe('CN=DS-X123')
    expect(leaf.subjectAltName).toBeUndefined()
    expect(leaf.validFromDate.getTime()).toBe(NOW)
    expect(leaf.verify(leaf.publicKey)).toBe(true)
    expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(certificate.credentials.certificate).toBe(text)
    expect(make().certificate.credentials.certificate).not.toBe(text)
  })

  it('is asked for, signed by another, and installed', () => {
    const { certificate, changes } = make()
    const before = certificate.credentials
    const told: string[] = []
    using _ = certificate.onCredentials((credentials) => told.push(credentials.certificate))
    const request = certificate.request('camera.example')
    const verified = openssl(request, 'req', '-verify', '-noout', '-subject').text
    expect(verified).toMatch(/CN ?= ?camera\.example/)
    expect(verified).toMatch(/verify OK/)
    expect(certificate.credentials).toBe(before)
    writeFileSync(join(folder, 'request.pem'), request)
    expect(openssl('', ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=CA -days 9'.split(' ')).status).toBe(0) // biome-ignore format: a command
    const issued = openssl(
      '',
      ...'x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 9'.split(' '),
    )
    const text = issued.text.slice(issued.text.indexOf('-----BEGIN'), issued.text.indexOf('-----END') + 25)
    certificate.install(`${text}\n`)
    expect(told).toEqual([`${text}\n`])
    expect(changes()).toBe(2) // made, then replaced
    expect(new X509Certificate(certificate.credentials.certificate).issuer).toBe('CN=CA')
    certificate.reset()
    expect(new X509Certificate(certificate.credentials.certificate).issuer).toBe('CN=DS-X123')
  })

  it('may have run out', () => {
    const { device, clock } = testDevice('ipc-5.7', { fault: 'old-certificate' })
    const { validToDate } = new X509Certificate(device.certificate.credentials.certificate)
    expect(clock.now() - validToDate.getTime()).toBeGreaterThan(364 * 86_400_000)
  })

  it('is taken with its key', () => {
    const other = make().certificate.credentials
    const { certificate } = make()
    certificate.install(other.certificate, other.key)
    expect(certificate.credentials).toEqual(other)
  })

  it.each<[string, (other: DeviceCertificate) => [string, string?]]>([
    ['no certificate', () => ['x']],
    ['one of another key', (other) => [other.credentials.certificate]],
    ['a key that is none', (other) => [other.credentials.certificate, 'x']],
    ['one that is too long', () => ['x'.repeat(MAX_CERTIFICATE_LENGTH + 1)]],
  ])('is refused: %s', (_what, given) => {
    const { certificate } = make()
    const before = certificate.credentials
    expect(() => certificate.install(...given(make().certificate))).toThrow(
      expect.objectContaining({ reason: 'certificate-wrong' }),
    )
    expect(certificate.credentials).toBe(before)
  })
})

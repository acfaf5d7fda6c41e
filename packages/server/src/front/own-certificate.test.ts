// SPDX-License-Identifier: Apache-2.0
/** The owner's certificate: what is wrong with one is said in words, a new one comes into force by itself, and devices never see it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { type Authority, loadAuthority } from './authority.ts'
import { Front } from './front.ts'
import { CertificateWatch, MAX_CHAIN, MAX_PEM_BYTES, readOwnCertificate } from './own-certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'hmp-own-'))
const files = { certificate: join(folder, 'fullchain.pem'), key: join(folder, 'privkey.pem') }
const nowMs = Date.now()
const DAY_MS = 86_400_000
const NAME = 'cms.example.org'
/** Each as an authority of its own would give it. */
const made: Record<'good' | 'next' | 'other' | 'ended' | 'early', Authority> = {} as never

const put = ({ cert, key }: { cert: string; key: string }) => {
  writeFileSync(files.certificate, cert)
  writeFileSync(files.key, key)
}
const blocks = (pem: string) => pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []

beforeAll(async () => {
  for (const [name, atMs] of [
    ['good', nowMs],
    ['next', nowMs],
    ['other', nowMs],
    ['ended', nowMs - 500 * DAY_MS],
    ['early', nowMs + 500 * DAY_MS],
  ] as const)
    made[name] = await loadAuthority({ dataDir: join(folder, name), names: [NAME], nowMs: atMs })
})
afterAll(() => rmSync(folder, { recursive: true }))

const stack: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of stack.splice(0)) await one[Symbol.asyncDispose]()
})

describe('a certificate of the owner', () => {
  it('is read with its chain, and knows its names', async () => {
    put(made.good.certificate)
    const own = await readOwnCertificate(files, nowMs)
    expect(own.notAfter).toBe(Math.floor(made.good.certificate.notAfter / 1000) * 1000)
    expect([own.covers(NAME), own.covers('else.example.org'), own.covers('org')]).toEqual([true, false, false])
    expect(own.names).toContain(`DNS:${NAME}`)
  })

  const good = () => made.good.certificate
  it.each<[string, () => { cert: string; key: string }, string]>([
    ['that is none', () => ({ ...good(), cert: 'nonsense' }), 'tls.certificate'],
    [
      'that is broken',
      () => ({ ...good(), cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }),
      'tls.certificate',
    ],
    ['without a key', () => ({ ...good(), key: '' }), 'tls.key'],
    [
      'whose key is locked',
      () => ({ ...good(), key: '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA\n-----END ENCRYPTED PRIVATE KEY-----' }),
      'tls.key-locked',
    ],
    ['with the key of another', () => ({ ...good(), key: made.other.certificate.key }), 'tls.key-other'],
    ['that has ended', () => made.ended.certificate, 'tls.expired'],
    ['that has not begun', () => made.early.certificate, 'tls.early'],
    [
      'after the one that signed it',
      () => ({ ...good(), cert: blocks(good().cert).toReversed().join('\n') }),
      'tls.chain',
    ],
    ['under a stranger', () => ({ ...good(), cert: blocks(good().cert)[0]! + made.other.caPem }), 'tls.chain'],
    ['in a long chain', () => ({ ...good(), cert: good().cert.repeat(MAX_CHAIN) }), 'tls.chain'],
    ['in a huge file', () => ({ ...good(), cert: good().cert + ' '.repeat(MAX_PEM_BYTES) }), 'tls.file'],
  ])('%s is refused, and why is told', async (_, makeIt, code) => {
    put(makeIt())
    await expect(readOwnCertificate(files, nowMs)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(folder),
    })
  })

  it('that is not there is refused', async () => {
    const absent = { ...files, key: join(folder, 'absent.pem') }
    put(good())
    await expect(readOwnCertificate(absent, nowMs)).rejects.toMatchObject({
      code: 'tls.file',
      message: expect.stringMatching(/absent\.pem is not there/),
    })
  })

  const watch = async () => {
    const said: string[] = []
    const clock = new VirtualClock({ startMs: nowMs })
    const watching = await CertificateWatch.open({
      ...{ files, clock },
      changed: ({ fingerprint }) => said.push(`changed ${fingerprint.slice(0, 5)}`),
      ends: (days) => said.push(`ends in ${days}`),
      onError: (error) => said.push((error as { code: string }).code),
    })
    stack.push(watching)
    return { said, clock, watching }
  }

  it('is read again when its files are others; a bad one changes nothing', async () => {
    put(made.good.certificate)
    const { said, watching } = await watch()
    const before = watching.current.fingerprint
    writeFileSync(files.certificate, made.next.certificate.cert) // its key is not there yet
    await expect(watching.reload()).rejects.toMatchObject({ code: 'tls.key-other' })
    expect(watching.current.fingerprint).toBe(before)
    put(made.next.certificate)
    await watching.reload()
    await watching.reload()
    expect(said).toEqual([`changed ${watching.current.fingerprint.slice(0, 5)}`])
    expect(watching.current.fingerprint).not.toBe(before)
  })

  it('tells of its end 30, 14 and 7 days before, once each', async () => {
    put(made.good.certificate)
    const { said, clock, watching } = await watch()
    for (const left of [31, 29.5, 29, 13.5, 13, 6.5, 1]) {
      while (clock.sleepers === 0) await new Promise(setImmediate) // it looks at its files
      await clock.advance(watching.current.notAfter - clock.now() - left * DAY_MS)
      while (clock.sleepers === 0) await new Promise(setImmediate)
    }
    expect(said).toEqual(['ends in 29', 'ends in 13', 'ends in 6'])
  })
})

describe('the port with a certificate of the owner', () => {
  it('shows it under its names alone; devices and who pins see the authority that they know', async () => {
    const { other, good, next } = made
    put(good.certificate)
    const front = new Front({
      ...{ certificate: other.certificate, deviceCa: other.caPem, clock: new VirtualClock() },
      onDevice: (socket) => socket.end(),
    })
    stack.push(front)
    front.web.on('request', (_, response) => response.end('web'))
    await front.listen('127.0.0.1', 0)
    const seen = (servername: string | undefined, ALPNProtocols: string[]): Promise<string> =>
      new Promise((resolve, reject) => {
        const to = { host: '127.0.0.1', port: front.port, ALPNProtocols, rejectUnauthorized: false }
        const socket = connect({ ...to, ...(servername ? { servername } : {}) }, () => {
          resolve(socket.getPeerX509Certificate()!.fingerprint256)
          socket.destroy()
        })
        socket.on('error', reject)
      })
    const own = await readOwnCertificate(files, nowMs)
    const first = await seen(NAME, ['h2', 'http/1.1'])
    expect(first).not.toBe(own.fingerprint)
    front.setOwnCertificate(own)
    for (const alpn of [['h2', 'http/1.1'], ['http/1.1'], []]) expect(await seen(NAME, alpn)).toBe(own.fingerprint)
    for (const [name, alpn] of [
      [undefined, ['http/1.1']],
      ['else.example.org', ['h2', 'http/1.1']],
      [NAME, ['hmp/1']],
      [NAME, ['hmp-pin/1', 'http/1.1']],
    ] as const)
      expect(await seen(name, [...alpn]), `${name} ${alpn}`).toBe(first)
    put(next.certificate)
    const later = await readOwnCertificate(files, nowMs)
    front.setOwnCertificate(later)
    expect(await seen(NAME, [])).toBe(later.fingerprint)
  })
})

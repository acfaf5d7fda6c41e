// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { systemClock } from '@openhmp/client'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../tools/testing/virtual-clock.ts'
import { type Authority, loadAuthority, RENEW_BEFORE_DAYS } from './authority.ts'
import { MAX_HELLO_BYTES, readClientHello } from './client-hello.ts'
import { Front } from './front.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'hmp-front-'))
const DAY_MS = 86_400_000
let authority: Authority
let front: Front
const devices: TLSSocket[] = []

beforeAll(async () => {
  authority = await loadAuthority({ dataDir, nowMs: Date.now() })
})
afterAll(() => rmSync(dataDir, { recursive: true }))

const open = async () => {
  const { certificate } = authority
  front = new Front({
    certificate,
    deviceCa: authority.caPem,
    clock: systemClock,
    onDevice: (socket) => devices.push(socket),
  })
  front.web.on('request', (_, response) => response.end('web'))
  await front.listen('127.0.0.1', 0)
}
afterEach(async () => {
  devices.length = 0
  await front?.[Symbol.asyncDispose]()
})

/** The bytes of a real ClientHello. */
const helloOf = (ALPNProtocols: string[]): Promise<Buffer> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = []
    const server = connectableSink((chunk) => {
      chunks.push(chunk)
      resolve(Buffer.concat(chunks))
    })
    void server.then(({ port, close }) => {
      const socket = connect({ port, host: '127.0.0.1', ALPNProtocols, rejectUnauthorized: false })
      socket.on('error', () => close())
    })
  })

const connectableSink = async (onData: (chunk: Buffer) => void) => {
  const { createServer } = await import('node:net')
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      onData(chunk)
      socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0, close: () => server.close() }
}

const talk = (text: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connectTcp(front.port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })

describe('ClientHello', () => {
  it('tells the protocols however it is cut, and whatever is in it', async () => {
    const hello = await helloOf(['hmp/1', 'x'])
    expect(readClientHello(hello)).toEqual({ kind: 'hello', protocols: ['hmp/1', 'x'] })
    for (let n = 0; n < hello.length; n++) expect(readClientHello(hello.subarray(0, n))).toEqual({ kind: 'more' })
    const body = hello.subarray(5)
    const record = (part: Buffer) => Buffer.concat([Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part])
    const cut = Buffer.concat([record(body.subarray(0, 2)), record(body.subarray(2, 90)), record(body.subarray(90))])
    expect(readClientHello(cut)).toEqual({ kind: 'hello', protocols: ['hmp/1', 'x'] })
    expect(readClientHello(await helloOf([]))).toEqual({ kind: 'hello', protocols: [] })
    fc.assert(
      fc.property(fc.nat(hello.length - 1), fc.nat(255), (at, value) => {
        const broken = new Uint8Array(hello)
        broken[at] = value
        readClientHello(broken)
      }),
      { numRuns: 2000 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void readClientHello(bytes)))
  })

  it('is refused over its limit', () => {
    const long = MAX_HELLO_BYTES + 1
    const bytes = Uint8Array.of(22, 3, 1, 0x40, 0, 1, long >> 16, (long >> 8) & 255, long & 255)
    expect(readClientHello(bytes)).toEqual({ kind: 'malformed' })
  })
})

describe('the one port', () => {
  it('hands web and devices to their own servers, TLS 1.3 both', async () => {
    await open()
    const answer = await new Promise<string>((resolve, reject) => {
      request({ port: front.port, host: '127.0.0.1', servername: 'localhost', ca: authority.caPem }, (response) => {
        response.on('data', (chunk: Buffer) => resolve(chunk.toString()))
      })
        .on('error', reject)
        .end()
    })
    expect(answer).toBe('web')
    const options = { port: front.port, host: '127.0.0.1', servername: 'localhost', ca: authority.caPem }
    const device = connect({ ...options, ALPNProtocols: ['hmp/1'] })
    await new Promise<void>((resolve, reject) => device.once('secureConnect', resolve).once('error', reject))
    expect(device.getProtocol()).toBe('TLSv1.3')
    await expect.poll(() => devices.length).toBe(1)
    expect(devices[0]!.exportKeyingMaterial(32, 'EXPORTER-HMP-1', Buffer.alloc(0))).toHaveLength(32)
    device.destroy()
    const old = connect({ ...options, maxVersion: 'TLSv1.2' })
    await expect(new Promise((_, reject) => old.once('error', reject))).rejects.toThrow()
  })

  it('tells plain HTTP where to go', async () => {
    await open()
    const to = await talk('GET /a?b HTTP/1.1\r\nHost: camera.example:80\r\n\r\n')
    expect(to).toContain(`308 Permanent Redirect\r\nlocation: https://camera.example:${front.port}/a?b`)
    expect(await talk('POST / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*use https/)
    expect(await talk('\0\0\0\0')).toBe('')
  })
})

describe('who does not get to the point', () => {
  it('is dropped after five seconds, and when too many are at it', async () => {
    const clock = new VirtualClock()
    front = new Front({
      certificate: authority.certificate,
      deviceCa: authority.caPem,
      clock,
      maxGreeting: 2,
      onDevice: () => {},
    })
    await front.listen('127.0.0.1', 0)
    const knock = async () => {
      const socket = connectTcp(front.port, '127.0.0.1')
      const closed = new Promise<boolean>((resolve) => socket.on('error', () => {}).once('close', () => resolve(true)))
      await new Promise((resolve) => socket.once('connect', resolve))
      socket.write(Buffer.from([22, 3, 1, 2, 0]))
      return closed
    }
    const slow = [knock(), knock()]
    await expect.poll(() => front.connections).toBe(2)
    expect(await knock()).toBe(true)
    expect(front.connections).toBe(2)
    await clock.advance(5000)
    expect(await Promise.all(slow)).toEqual([true, true])
  })
})

describe('authority', () => {
  it('is made once, renews the certificate under it, and keeps its keys to itself', async () => {
    const again = await loadAuthority({ dataDir, nowMs: Date.now() })
    const { issue, ...kept } = authority
    expect(again).toMatchObject(kept)
    const later = await loadAuthority({ dataDir, nowMs: Date.now() + (397 - RENEW_BEFORE_DAYS + 1) * DAY_MS })
    expect(later.fingerprint).toBe(authority.fingerprint)
    expect(later.certificate.cert).not.toBe(authority.certificate.cert)
    const named = await loadAuthority({ dataDir, names: ['cms.example', '192.0.2.9'], nowMs: Date.now() })
    // No device gets a certificate with which it could pass for this server.
    const nowMs = Date.now()
    await expect(named.issue('', 'CMS.example', nowMs)).rejects.toMatchObject({ code: 'tls.own-name' })
    await expect(issue('nonsense', '192.0.2.20', nowMs)).rejects.toMatchObject({ code: 'tls.request' })
    const leaf = new X509Certificate(named.certificate.cert)
    expect(leaf.subjectAltName).toContain('DNS:localhost')
    expect(leaf.subjectAltName).toContain('IP Address:192.0.2.9')
    expect(leaf.verify(new X509Certificate(named.caPem).publicKey)).toBe(true)
    for (const name of ['ca.key', 'server.key']) expect(statSync(join(dataDir, 'tls', name)).mode & 0o777).toBe(0o600)
  })
})

// SPDX-License-Identifier: Apache-2.0
/** What the ISAPI client makes of servers that are slow, broken, or no devices at all: an error with a code, soon, and nothing that grows. */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { IsapiClient, type IsapiOptions } from '../src/index.ts'
import { MAX_PARALLEL } from '../src/isapi/connections.ts'
import { MAX_WAITING } from '../src/isapi/slots.ts'
import { answer, type OnRequest, openRawServer, type RawServer, said } from './raw-server.ts'

const credentials = { username: 'admin', password: 'Secret-1' }
const clientOf = (server: RawServer, more: Partial<IsapiOptions> = {}) =>
  new IsapiClient({
    address: `127.0.0.1:${server.port}`,
    credentials,
    clock: realClock(),
    connectMs: 500,
    answerMs: 300,
    bodyMs: 400,
    ...more,
  })
const info = '<DeviceInfo><model>DS-1</model><deviceName>Gate</deviceName></DeviceInfo>'
const challenge = { 'WWW-Authenticate': 'Digest realm="r", nonce="n", qop="auth"', 'Content-Type': 'text/html' }
const isLoggedIn = (text: string) => /^authorization: digest /im.test(text)
const pathOf = (text: string) => text.split(' ')[1]!

/** Writes without end, as fast as the other side reads. */
const pour = (socket: Socket, head: string, chunk: string): void => {
  socket.write(head)
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  }
  socket.on('drain', more)
  more()
}

const ok = 'HTTP/1.1 200 OK\r\n\r\n'
const nonsense: readonly [name: string, code: string, onRequest: OnRequest][] = [
  ['a page for people', 'isapi.not-isapi', (s) => s.end(answer(200, '<!DOCTYPE html><html><body>Hi</body></html>'))],
  ['text', 'isapi.not-isapi', (s) => s.end(answer(200, 'hello'))],
  ['another document', 'isapi.not-isapi', (s) => s.end(answer(200, '<Other/>'))],
  ['nothing', 'isapi.not-isapi', (s) => s.end(answer(200, ''))],
  ['XML that stops', 'isapi.not-isapi', (s) => s.end(answer(200, '<DeviceInfo><model>DS'))],
  ['a status line of another kind', 'isapi.not-isapi', (s) => s.end('SSH-2.0-dropbear\r\n\r\n')],
  ['bytes', 'isapi.not-isapi', (s) => s.end(Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10]))],
  ['a head without end', 'isapi.not-isapi', (s) => pour(s, 'HTTP/1.1 200 OK\r\n', `X-A: ${'b'.repeat(900)}\r\n`)],
  ['an end at once', 'link.reset', (s) => s.end()],
  ['a reset', 'link.reset', (s) => s.resetAndDestroy()],
  ['silence', 'link.timeout', () => {}],
  ['half a head', 'link.timeout', (s) => s.write('HTTP/1.1 200 OK\r\nContent-')],
  ['half a body, then silence', 'link.timeout', (s) => s.write(answer(200, info, { 'Content-Length': '500' }))],
  ['half a body, then the end', 'link.reset', (s) => s.end(answer(200, info, { 'Content-Length': '500' }))],
  ['a body without end', 'http.size', (s) => pour(s, ok, 'x'.repeat(65_536))],
  [
    'chunks without end',
    'http.size',
    (s) => pour(s, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', `1000\r\n${'x'.repeat(4096)}\r\n`),
  ],
  [
    'a body in drops',
    'link.timeout',
    (s) => {
      s.write('HTTP/1.1 200 OK\r\n\r\n')
      const drip = setInterval(() => s.write('x'), 20)
      s.on('close', () => clearInterval(drip))
    },
  ],
  ['no with 200', 'isapi.not-supported', (s) => s.end(answer(200, said(4, 'notSupport')))],
  ['no with 403', 'isapi.forbidden', (s) => s.end(answer(403, said(4, 'lowPrivilege')))],
  ['no with 403 and a page', 'isapi.not-supported', (s) => s.end(answer(403, '<html></html>'))],
  ['no in JSON', 'isapi.badXmlContent', (s) => s.end(answer(200, '{"statusCode":6,"subStatusCode":"badXmlContent"}'))],
  ['busy', 'isapi.busy', (s) => s.end(answer(503, ''))],
  ['an error of its own', 'isapi.refused', (s) => s.end(answer(500, '<html></html>'))],
  ['a login of another kind', 'isapi.login-scheme', (s) => s.end(answer(401, '', { 'WWW-Authenticate': 'Negotiate' }))],
  ['a redirect to another host', 'isapi.redirect', (s) => s.end(answer(302, '', { Location: 'http://192.0.2.9/x' }))],
  ['a redirect to another port', 'isapi.redirect', (s) => s.end(answer(302, '', { Location: 'http://127.0.0.1:9/x' }))],
  ['a redirect nowhere', 'isapi.redirect', (s) => s.end(answer(301, ''))],
  ['redirects in circles', 'isapi.redirect', (s) => s.end(answer(302, '', { Location: '/again' }))],
]

describe('IsapiClient in trouble', () => {
  it.each(nonsense)('%s: %s', async (_name, code, onRequest) => {
    await using server = await openRawServer(onRequest)
    await using client = clientOf(server)
    const before = process.memoryUsage().rss
    const started = performance.now()
    await expect(client.deviceInfo()).rejects.toMatchObject({ code })
    expect(performance.now() - started).toBeLessThan(2000)
    expect(process.memoryUsage().rss - before).toBeLessThan(64e6)
  })

  it('says so when nothing listens, and when the name is not known', async () => {
    const server = await openRawServer(() => {})
    await server[Symbol.asyncDispose]()
    await using client = clientOf(server)
    await expect(client.deviceInfo()).rejects.toMatchObject({ code: 'link.refused' })
    await using other = clientOf(server, { address: 'camera.invalid' })
    await expect(other.deviceInfo()).rejects.toMatchObject({ code: 'link.name' })
  })

  it('takes an address in any form, and no other text', () => {
    const names = [' 192.0.2.7 ', '192.0.2.7:8080', 'http://camera/', 'https://[2001:db8::7]', '2001:db8::7'].map(
      (address) => new IsapiClient({ address, credentials, clock: realClock() }).name,
    )
    expect(names).toEqual(['192.0.2.7:80', '192.0.2.7:8080', 'camera:80', '[2001:db8::7]:443', '[2001:db8::7]:80'])
    for (const address of ['', 'rtsp://camera', 'http://', 'http://camera/path', 'camera:99999', 'http://a:b@camera'])
      expect(() => new IsapiClient({ address, credentials, clock: realClock() })).toThrow('is no address')
    expect(() => new IsapiClient({ address: 'admin:geheim@camera', credentials, clock: realClock() })).not.toThrow(
      /geheim/,
    )
  })

  it('runs three requests at one time, and sends the rest in turn', async () => {
    let now = 0
    let most = 0
    await using server = await openRawServer((socket) => {
      most = Math.max(most, ++now)
      setTimeout(() => {
        now--
        socket.write(answer(200, info))
      }, 5)
    })
    await using client = clientOf(server)
    await Promise.all(Array.from({ length: 20 }, () => client.deviceInfo()))
    expect(most).toBe(3)
    expect(server.connections).toBe(3)
  })

  it('tells those who wait that the device is busy, beyond the limit', async () => {
    await using server = await openRawServer(() => {})
    await using client = clientOf(server, { answerMs: 60_000 })
    const stop = new AbortController()
    const asked = Array.from({ length: 300 }, () =>
      client.get('/x', { signal: stop.signal }).catch((error) => error.code as string),
    )
    setTimeout(() => stop.abort(), 20)
    const busy = (await Promise.all(asked)).filter((code) => code === 'link.busy')
    expect(busy.length).toBe(300 - MAX_WAITING - MAX_PARALLEL)
  })

  it('ends what waits and what runs when aborted or disposed', async () => {
    await using server = await openRawServer(() => {})
    const client = clientOf(server, { answerMs: 60_000 })
    const reason = new Error('enough')
    const stop = new AbortController()
    const asked = Array.from({ length: 6 }, () => client.get('/x', { signal: stop.signal }))
    const settled = Promise.allSettled(asked)
    setTimeout(() => stop.abort(reason), 30)
    expect((await settled).every((one) => one.status === 'rejected' && one.reason === reason)).toBe(true)
    const last = client.get('/x')
    setTimeout(() => client[Symbol.asyncDispose](), 30)
    await expect(last).rejects.toMatchObject({ code: 'link.closed' })
  })

  it('asks again on a new connection when the kept one was closed by the device, but never a POST', async () => {
    const old = new WeakSet<Socket>()
    await using server = await openRawServer((socket, text) => {
      if (pathOf(text) === '/late' && old.has(socket)) socket.resetAndDestroy()
      else socket.write(answer(200, info))
      old.add(socket)
    })
    await using client = clientOf(server)
    await client.deviceInfo()
    expect((await client.get('/late')).status).toBe(200)
    await client.deviceInfo()
    await expect(client.post('/late')).rejects.toMatchObject({ code: 'link.reset' })
  })

  it('speaks to firmware without /ISAPI, once it has learned that', async () => {
    await using server = await openRawServer((socket, text) => {
      if (!isLoggedIn(text)) socket.write(answer(401, '', challenge))
      else if (pathOf(text).startsWith('/ISAPI'))
        socket.write(answer(404, '<html></html>', { 'Content-Type': 'text/html' }))
      else socket.write(answer(200, info))
    })
    await using client = clientOf(server)
    expect((await client.deviceInfo()).model).toBe('DS-1')
    await client.status()
    expect(server.requests.map(pathOf)).toEqual([
      '/ISAPI/System/deviceInfo',
      '/ISAPI/System/deviceInfo',
      '/System/deviceInfo',
      '/System/status',
    ])
  })

  it('finds a picture where the device has it', async () => {
    const jpeg = Buffer.from([0xff, 0xd8, 1, 2, 0xff, 0xd9])
    const paths = [
      '/ISAPI/Streaming/channels/101/picture',
      '/ISAPI/ContentMgmt/StreamingProxy/channels/101/picture',
      '/ISAPI/Streaming/channels/1/picture',
    ]
    for (const [i, right] of paths.entries()) {
      await using server = await openRawServer((socket, text) => {
        if (pathOf(text) === right)
          socket.write(
            Buffer.concat([
              Buffer.from(answer(200, '', { 'Content-Length': '6', 'Content-Type': 'image/jpeg' })),
              jpeg,
            ]),
          )
        else socket.write(answer(200, said(6, 'badXmlContent'), { 'Content-Type': 'image/jpeg' }))
      })
      await using client = clientOf(server)
      expect(await client.picture(1)).toEqual(new Uint8Array(jpeg))
      expect(server.requests.map(pathOf)).toEqual(paths.slice(0, i + 1))
    }
  })

  it('does not look elsewhere for a picture that is only late', async () => {
    await using server = await openRawServer((socket) => socket.write(answer(200, said(3, 'deviceError'))))
    await using client = clientOf(server)
    await expect(client.picture(102)).rejects.toMatchObject({ code: 'isapi.deviceError', retry: 'later' })
    expect(server.requests.length).toBe(1)
  })

  it('takes a hang-up after the order to reboot as a yes, and no other failure', async () => {
    const rebooting = (what: (socket: Socket) => void) =>
      openRawServer((socket, text) => {
        if (!isLoggedIn(text)) socket.write(answer(401, '', challenge))
        else if (pathOf(text).endsWith('/reboot')) what(socket)
        else socket.write(answer(200, info))
      })
    for (const yes of [
      (socket: Socket) => socket.resetAndDestroy(),
      (socket: Socket) => socket.end(),
      (socket: Socket) => socket.write(answer(200, said(1, 'ok'))),
      (socket: Socket) => socket.write(answer(200, said(7, 'rebootRequired'))),
      (socket: Socket) => socket.write(answer(200, '')),
    ]) {
      await using server = await rebooting(yes)
      await using client = clientOf(server)
      await client.reboot()
      expect(server.requests.at(-1)).toMatch(/^PUT \/ISAPI\/System\/reboot[\s\S]*content-length: 0/i)
    }
    await using denied = await rebooting((socket) => socket.write(answer(403, said(4, 'lowPrivilege'))))
    await using first = clientOf(denied)
    await expect(first.reboot()).rejects.toMatchObject({ code: 'isapi.forbidden' })
    await using silent = await rebooting(() => {})
    await using second = clientOf(silent)
    await expect(second.reboot()).rejects.toMatchObject({ code: 'link.timeout' })
    await using absent = await openRawServer((socket) => socket.resetAndDestroy())
    await using third = clientOf(absent)
    await expect(third.reboot()).rejects.toMatchObject({ code: 'link.reset' })
  })

  it('does not hold a resource that is always refused against the account', async () => {
    await using server = await openRawServer((socket, text) => {
      if (!isLoggedIn(text) || pathOf(text).endsWith('/alertStream')) socket.write(answer(401, '', challenge))
      else socket.write(answer(200, info))
    })
    await using client = clientOf(server)
    for (let i = 0; i < 3; i++) {
      await client.deviceInfo()
      await expect(client.stream('/ISAPI/Event/notification/alertStream')).rejects.toMatchObject({
        code: 'isapi.unauthorized',
      })
    }
    await client.deviceInfo()
  })
})

describe.runIf(needs('openssl'))('IsapiClient over TLS', () => {
  let folder: string
  const tls: { key: string; cert: string }[] = []
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'openhmp-tls-'))
    for (const name of ['one', 'two']) {
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', `${name}.key`]
      execFileSync(
        'openssl',
        ['req', '-x509', '-nodes', '-days', '2', ...key, '-out', `${name}.pem`, '-subj', '/CN=x'],
        {
          cwd: folder,
          stdio: 'ignore',
        },
      )
      const read = (end: string) => readFileSync(join(folder, `${name}.${end}`), 'utf8')
      tls.push({ key: read('key'), cert: read('pem') })
    }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('trusts the first certificate, and no other after that', async () => {
    const serve: OnRequest = (socket) => socket.end(answer(200, info, { Connection: 'close' }))
    const first = await openRawServer(serve, { tls: tls[0]! })
    await using client = clientOf(first, { address: `https://127.0.0.1:${first.port}` })
    expect(client.certificate).toBeUndefined()
    await client.deviceInfo()
    const fingerprint = new X509Certificate(tls[0]!.cert).fingerprint256.replace(/:/g, '').toLowerCase()
    expect(client.certificate).toBe(fingerprint)
    await client.deviceInfo()
    await first[Symbol.asyncDispose]()
    await using second = await openRawServer(serve, { port: first.port, tls: tls[1]! })
    await expect(client.deviceInfo()).rejects.toMatchObject({ code: 'tls.pin' })
    expect(second.requests).toEqual([])
    await using again = clientOf(second, { address: `https://127.0.0.1:${first.port}`, tls: { pin: fingerprint } })
    await expect(again.deviceInfo()).rejects.toMatchObject({ code: 'tls.pin' })
    await using strict = clientOf(second, { address: `https://127.0.0.1:${first.port}`, tls: {} })
    await expect(strict.deviceInfo()).rejects.toMatchObject({ code: 'tls.untrusted' })
  })

  it('follows a device from HTTP to HTTPS, and not back', async () => {
    await using safe = await openRawServer((socket) => socket.write(answer(200, info)), { tls: tls[0]! })
    const location = `https://127.0.0.1:${safe.port}/ISAPI/System/deviceInfo`
    await using plain = await openRawServer((socket) => socket.write(answer(302, '', { Location: location })))
    await using client = clientOf(plain)
    expect((await client.deviceInfo()).model).toBe('DS-1')
    await client.deviceInfo()
    expect([plain.requests.length, safe.requests.length]).toEqual([1, 2])
    await using listener = clientOf(plain)
    await using stream = await listener.stream('/ISAPI/Event/notification/alertStream')
    expect([stream.status, safe.requests.at(-1)?.split(' ')[1]]).toEqual([200, '/ISAPI/Event/notification/alertStream'])
    await using back = await openRawServer(
      (socket) => socket.write(answer(302, '', { Location: `http://127.0.0.1:${plain.port}/` })),
      { tls: tls[0]! },
    )
    await using other = clientOf(back, { address: `https://127.0.0.1:${back.port}` })
    await expect(other.deviceInfo()).rejects.toMatchObject({ code: 'isapi.redirect' })
  })
})

// SPDX-License-Identifier: Apache-2.0
/** Those who hold a connection by saying little: they are cut, and nobody else waits for them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { systemClock } from '@openhmp/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Authority, loadAuthority } from './authority.ts'
import { Front } from './front.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'hmp-slow-'))
let authority: Authority
let front: Front

beforeAll(async () => {
  authority = await loadAuthority({ dataDir, nowMs: Date.now() })
  const { certificate, caPem } = authority
  const patience = { headersMs: 300, bodyMs: 600 }
  front = new Front({ certificate, deviceCa: caPem, clock: systemClock, patience, onDevice: () => {} })
  front.web.on('request', (asking, response) =>
    asking
      .on('end', () => response.end('web'))
      .on('error', () => {})
      .resume(),
  )
  await front.listen('127.0.0.1', 0)
})
afterAll(async () => {
  await front[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

const tls = () => ({ port: front.port, host: '127.0.0.1', servername: 'localhost', ca: authority.caPem })
const open = async (): Promise<TLSSocket> => {
  const socket = connect(tls())
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  return socket.on('error', () => {})
}
const answered = (): Promise<number> =>
  new Promise((resolve, reject) => {
    request({ ...tls(), agent: false }, (answer) => resolve(answer.resume().statusCode ?? 0))
      .on('error', reject)
      .end()
  })

/** First what is said at once, then what is said again and again. */
const slow: readonly (readonly [name: string, first: string, again: string])[] = [
  ['a head without an end, byte by byte', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-a: ', 'b'],
  ['a head of one line after another', 'GET / HTTP/1.1\r\nHost: localhost\r\n', 'X-a: b\r\n'],
  ['a first line without an end', 'GET /', 'a'],
  ['half a head, then nothing', 'GET / HTTP/1.1\r\nHost: loc', ''],
  ['a body that comes byte by byte', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n', 'x'],
  ['a body that never comes', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n', ''],
  ['pieces that never end', 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
]

describe('who holds a connection', () => {
  it.concurrent.each(slow)(
    'by %s is cut',
    async (_, first, again) => {
      const sockets = await Promise.all(Array.from({ length: 5 }, open))
      const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())))
      for (const socket of sockets) socket.resume().write(first)
      const dripping = setInterval(() => {
        for (const socket of sockets) if (again !== '' && socket.writable) socket.write(again)
      }, 20)
      expect(await answered()).toBe(200) // meanwhile
      await Promise.all(closed)
      clearInterval(dripping)
    },
    20_000,
  )

  it('by a head over 16 KiB is refused', async () => {
    const socket = await open()
    let said = ''
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-a: ${'b'.repeat(20_000)}\r\n\r\n`)
    await closed
    expect(said).toMatch(/^HTTP\/1\.1 4\d\d/)
  }, 20_000)
})

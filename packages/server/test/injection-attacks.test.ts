// SPDX-License-Identifier: Apache-2.0
/** Attacks by paths, keys and bodies of requests, written as no client writes them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, makePlace, openHouse, type Place } from './harness.ts'

let folder: string
let place: Place
let house: House

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hmp-inject-'))
  const consoleDir = join(folder, 'console')
  mkdirSync(join(consoleDir, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.txt'), 'TOP SECRET')
  writeFileSync(join(consoleDir, '.hidden'), 'TOP SECRET')
  writeFileSync(join(consoleDir, 'index.html'), '<div id="root"></div>')
  writeFileSync(join(consoleDir, 'assets', 'a.js'), 'asset')
  place = makePlace()
  house = await openHouse(place, { consoleDir })
}, 30_000)
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  place?.[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

/** A request as it is written here, and all that comes back. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port, caPem } = house.server
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: caPem }, () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
    })
    socket.on('error', reject).on('close', () => resolve(answer))
  })
const get = (path: string) => raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
const post = (path: string, body: string, more = '') =>
  raw(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${house.cookie}\r\nConnection: close\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])

describe('paths that lead out of the console', () => {
  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/assets/%252e%252e/%252e%252e/secret.txt',
    '/%c0%ae%c0%ae/secret.txt',
    '/assets/a.js%00.txt',
    '/assets/....//....//secret.txt',
    '//secret.txt',
    '///../secret.txt',
    '/.hidden',
    '/%2ehidden',
    '/assets/a.js/../../../secret.txt',
    'https://localhost/../secret.txt',
    '/file:///etc/passwd',
  ])('%s', async (path) => {
    const answer = await get(path)
    expect(answer).not.toContain('TOP SECRET')
    expect(answer).not.toContain('root:')
    expect(statusOf(answer)).toBeGreaterThanOrEqual(400)
    expect(statusOf(answer)).toBeLessThan(500)
  })

  it('but what is in it is given', async () => expect(statusOf(await get('/assets/a.js'))).toBe(200))
})

describe('keys of prototypes', () => {
  it.each([
    ['in a body', '/api/v1/roles', '{"name":"a","permissions":[],"__proto__":{"isAdmin":true}}'],
    ['deeper', '/api/v1/roles', '{"name":"b","permissions":[{"__proto__":{"x":1}}]}'],
    [
      'by the constructor',
      '/api/v1/roles',
      '{"name":"c","permissions":[],"constructor":{"prototype":{"isAdmin":true}}}',
    ],
    ['escaped', '/api/v1/roles', '{"name":"d","permissions":[],"\\u005f_proto__":{"isAdmin":true}}'],
    ['for a name', '/api/v1/session', '{"name":"__proto__","password":"x"}'],
    ['for another name', '/api/v1/session', '{"name":"constructor","password":"x"}'],
  ])('%s change nothing', async (_, path, body) => {
    const status = statusOf(await post(path, body))
    expect(status).toBeLessThan(500)
    expect(({} as { isAdmin?: boolean; x?: number }).isAdmin).toBeUndefined()
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  it.each(['__proto__[isAdmin]=1', 'constructor[prototype][isAdmin]=1', '__proto__.isAdmin=1', '__proto__=1'])(
    'in a query change nothing: %s',
    async (query) => {
      expect(statusOf(await get(`/api/v1/events?${query}`))).toBeLessThan(500)
      expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
    },
  )
})

describe('bodies that are none', () => {
  const role = '/api/v1/roles'
  it.each([
    ['deep', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['of numbers that are none', '{"name":1e999,"permissions":[]}'],
    ['with a lone surrogate', '{"name":"\\ud800","permissions":[1]}'],
    ['cut off', '{"name":"a"'],
    ['empty', ''],
    ['of another type', '"text"'],
    ['with the same key twice', '{"name":"a","name":{},"permissions":[]}'],
  ])('%s are refused in words', async (_, body) => {
    const answer = await post(role, body)
    expect(statusOf(answer)).toBeGreaterThanOrEqual(400)
    expect(statusOf(answer)).toBeLessThan(500)
    expect(answer).toMatch(/"code":"[\w.]+"/)
  })

  it('with two lengths or a length and pieces are refused: who stands between might read another request', async () => {
    const smuggled = 'Content-Length: 5\r\nContent-Length: 60\r\n'
    const head = `POST ${role} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`
    expect(statusOf(await raw(`${head}${smuggled}\r\n{}`))).toBe(400)
    expect(statusOf(await raw(`${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`))).toBe(400)
  })
})

describe('lines of one’s own', () => {
  it.each([
    ['in a path', '/api/v1/x%0d%0aSet-Cookie:%20a=b'],
    ['in a query', '/api/v1/events/file?format=csv%0d%0aSet-Cookie:%20a=b'],
    ['for a terminal', '/api/v1/%1b%5b31mred'],
  ])('%s reach no header', async (_, path) => {
    const answer = await get(path)
    expect(answer.split('\r\n\r\n')[0]).not.toMatch(/^set-cookie: a=b/im)
    expect(answer).not.toContain('\u001b')
  })

  it('left nothing in the log of the server', () => expect(house.errors).toEqual([]))
})

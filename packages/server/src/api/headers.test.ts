// SPDX-License-Identifier: Apache-2.0
/** The headers that tell browsers what this site never does: a table over every kind of answer. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { API_ROOT, type Route, routes } from '@openhmp/contract'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { turnAway } from '../door/door.ts'
import { createApp } from './app.ts'
import { serveConsole } from './console.ts'
import { serveHealth } from './health.ts'

const folder = mkdtempSync(join(tmpdir(), 'hmp-headers-'))
const NAME = 'cms.example.org'
let app: FastifyInstance

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<meta content="__CSP_NONCE__">')
  writeFileSync(join(folder, 'assets', 'x.js'), 'x')
  app = await createApp({
    // A handler that fails as handlers do: in a way that nobody foresaw, or for want of something.
    handlers: routes.map((route: Route) => ({ route, run: () => Promise.reject(new Error('secret insides')) })),
    sessions: { find: () => undefined, isFresh: () => false } as never,
    tokens: { find: () => undefined },
    refusals: { note: () => {} },
    audit: { record: async () => {} },
    ...{ instance: 'test', version: '0', allowedOrigins: [], log: pino({ level: 'silent' }) },
    placeOf: () => ({ site: null, tags: [] }),
    isOwnName: (host) => host === NAME,
    rate: { take: (address) => (address === '192.0.2.66' ? 7 : 0), giveBack: () => {} },
  })
  serveHealth(app, { check: async () => {}, figures: [], isKnown: () => false })
  await serveConsole(app, folder)
  await app.ready()
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true })
})

const HTML = { accept: 'text/html' }
const kinds: [string, string, number, Record<string, string>?, ('GET' | 'POST')?][] = [
  ['the page', '/', 200],
  ['a page of its router', '/devices/7', 200, HTML],
  ['a file', '/assets/x.js', 200],
  ['a public call that fails', `${API_ROOT}/system`, 500],
  ['a call without a session', `${API_ROOT}/devices`, 401],
  ['a call that is nowhere', `${API_ROOT}/nowhere`, 404, HTML],
  ['a path that is nowhere', '/nowhere.js', 404],
  ['a path out of the folder', '/assets/..%2f..%2fetc/passwd', 403],
  ['a body that is none', `${API_ROOT}/session`, 400, { 'content-type': 'application/json' }, 'POST'],
  ['a call of another site', `${API_ROOT}/session`, 403, { origin: 'https://evil.example' }, 'POST'],
  ['the description of the API', `${API_ROOT}/openapi.json`, 200],
  ['health', '/healthz', 200],
]

describe('headers', () => {
  it.each(kinds)('of %s', async (name, url, status, headers = {}, method = 'GET') => {
    const answer = await app.inject({ url, method, headers })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    const permissions = String(answer.headers['permissions-policy'])
    for (const feature of ['camera', 'microphone', 'geolocation', 'usb', 'serial', 'payment', 'display-capture'])
      expect(permissions, feature).toContain(`${feature}=()`)
    const policy = String(answer.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    if (/page/.test(name)) {
      expect(policy).toContain("require-trusted-types-for 'script'; trusted-types default")
      expect(policy).toContain(`'nonce-${/content="([^"]+)"/.exec(answer.body)![1]}'`)
    }
    expect(answer.headers['cache-control']).toBe(name === 'a file' ? 'public, max-age=31536000, immutable' : 'no-store')
    expect(answer.headers['strict-transport-security']).toBeUndefined()
    for (const field of ['server', 'x-powered-by']) expect(answer.headers[field]).toBeUndefined()
    expect(answer.body).not.toContain('insides')
  })

  it('ask to come by TLS alone where a browser knows the certificate, and nowhere else', async () => {
    for (const [host, found] of [
      [NAME, 'max-age=31536000'],
      [`${NAME}:8443`, 'max-age=31536000'],
      ['192.0.2.1', undefined],
      ['localhost', undefined],
    ] as const)
      for (const [, url, , headers = {}, method = 'GET'] of kinds) {
        const answer = await app.inject({ url, method, headers: { ...headers, host } })
        expect(answer.headers['strict-transport-security'], `${host} ${url}`).toBe(found)
      }
  })

  it('of a call too many say when to come again', async () => {
    const answer = await app.inject({ url: `${API_ROOT}/system`, remoteAddress: '192.0.2.66' })
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([429, 'rate.wait', '7'])
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
  })

  it('of an upgrade that is refused', async () => {
    const socket = new PassThrough()
    turnAway(socket, 404, 'no WebSocket is here')
    const text = Buffer.concat(await socket.toArray()).toString()
    for (const field of ['connection: close', 'x-content-type-options: nosniff', 'cache-control: no-store'])
      expect(text).toContain(`\r\n${field}\r\n`)
  })
})

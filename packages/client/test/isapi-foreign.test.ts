// SPDX-License-Identifier: Apache-2.0
/** The ISAPI client against a login that was written from the RFCs by other hands and in another language. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { realClock } from '../../../tools/testing/real-clock.ts'
import { IsapiClient, type IsapiOptions } from '../src/index.ts'

const credentials = { username: 'admin', password: 'Grün "1": \\2' }
const ways = ['md5', 'sha256', 'both', 'sess', 'rfc2069', 'stale', 'tied'] as const

describe.runIf(needs('python3'))('IsapiClient with a foreign server', () => {
  let server: ReturnType<typeof spawn>
  let ports: Record<string, number>
  const open = (way: string, more: Partial<IsapiOptions> = {}) =>
    new IsapiClient({ address: `127.0.0.1:${ports[way]}`, credentials, clock: realClock(), ...more })
  const count = async (client: IsapiClient) =>
    JSON.parse(new TextDecoder().decode((await client.get('/count')).bytes)) as { right: number; wrong: number }

  beforeAll(async () => {
    const script = join(import.meta.dirname, 'http-digest-server.py')
    server = spawn('/usr/bin/python3', [script, credentials.username, credentials.password], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [line] = (await once(server.stdout!, 'data')) as [Buffer]
    ports = JSON.parse(line.toString()) as Record<string, number>
  })
  afterAll(async () => {
    server.stdin!.end()
    await once(server, 'exit')
  })

  it.each(ways)('logs in by %s: one after the other, many at once, with a body', async (way) => {
    await using client = open(way)
    const before = await count(client)
    for (let i = 0; i < 5; i++) {
      const root = await client.getXml(`/ISAPI/one/${i}?a=1&b=2`)
      expect(root.children[1]?.text).toBe(`/ISAPI/one/${i}?a=1&b=2`)
    }
    const many = await Promise.all(Array.from({ length: 20 }, (_, i) => client.get(`/ISAPI/many/${i}`)))
    expect(many.every(({ status }) => status === 200)).toBe(true)
    const put = await client.put('/ISAPI/body', '<a>1</a>')
    expect(new TextDecoder().decode(put.bytes)).toContain('<body><a>1</a></body>')
    const after = await count(client)
    expect(after.right - before.right).toBe(26)
    // A nonce that is tied to its URL is found out by one refusal; nothing else is ever refused.
    expect(after.wrong - before.wrong).toBe(way === 'tied' ? 1 : 0)
  })

  it.each(ways)('sends a wrong password twice and no more: %s', async (way) => {
    const clock = realClock()
    await using client = open(way, { clock, credentials: { username: 'admin', password: 'wrong' } })
    const before = await count(client)
    const tried = await Promise.all(Array.from({ length: 12 }, () => client.get('/ISAPI/x').catch((e) => e.code)))
    expect(new Set(tried)).toEqual(new Set(['isapi.unauthorized']))
    await expect(client.get('/ISAPI/x')).rejects.toMatchObject({ code: 'isapi.unauthorized', retry: 'after-login' })
    await expect(client.get('/ISAPI/x')).rejects.toMatchObject({ code: 'login.blocked' })
    await using other = open(way, { clock, credentials: { username: 'admin', password: 'wrong' } })
    await expect(other.get('/ISAPI/x')).rejects.toMatchObject({ code: 'login.blocked' })
    await using right = open(way, { clock })
    const after = await count(right)
    expect(after.wrong - before.wrong).toBe(2)
    expect((await right.get('/ISAPI/x')).status).toBe(200)
  })

  it('sends Basic only where it is allowed', async () => {
    await using wary = open('basic')
    await expect(wary.get('/ISAPI/x')).rejects.toMatchObject({ code: 'isapi.login-scheme' })
    await using trusting = open('basic', { allowBasic: true })
    expect((await trusting.get('/ISAPI/x')).status).toBe(200)
    expect((await trusting.get('/ISAPI/y')).status).toBe(200)
  })

  it('needs no login where none is asked', async () => {
    await using client = open('open')
    expect((await client.delete('/ISAPI/x')).status).toBe(200)
  })
})
